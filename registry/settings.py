"""Settings, read once from the environment (prefix REGISTRY_)."""

from enum import StrEnum
from functools import cache

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict


class Mode(StrEnum):
    DEVELOPMENT = "development"
    PRODUCTION = "production"


class Settings(BaseSettings):
    """What a deployment can choose. Nothing here is a secret but the database addresses."""

    model_config = SettingsConfigDict(env_prefix="REGISTRY_", frozen=True)

    mode: Mode = Mode.DEVELOPMENT
    database_url: str = Field(
        default="postgresql+psycopg:///registry",
        description="Address the service connects to; its role needs only `registry_app`.",
    )
    owner_database_url: str | None = Field(
        default=None, description="Address for migrations; default: `database_url`."
    )
    host: str = "127.0.0.1"
    port: int = 8000
    public_url: str = Field(
        default="http://127.0.0.1:8000",
        description="Where readers reach the service; https in production.",
    )
    tile_url: str | None = Field(
        default=None, description="Optional tile layer under the map, {z}/{x}/{y}."
    )
    tile_attribution: str = ""
    pool_size: int = 40
    max_body_bytes: int = 1_000_000
    session_hours: int = 12


@cache
def settings() -> Settings:
    return Settings()
