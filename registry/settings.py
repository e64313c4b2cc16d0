"""Settings, read once from the environment (prefix REGISTRY_)."""

from enum import StrEnum
from functools import cache
from pathlib import Path

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict


class Mode(StrEnum):
    DEVELOPMENT = "development"
    PRODUCTION = "production"


class Settings(BaseSettings):
    """What a deployment can choose. Secrets are the addresses of databases and of the mail server,
    `person_secret` and `form_secret`."""

    model_config = SettingsConfigDict(env_prefix="REGISTRY_", frozen=True)

    mode: Mode = Mode.DEVELOPMENT
    database_url: str = Field(
        default="postgresql+psycopg:///registry",
        description="Address the service connects to; its role needs only `registry_app`.",
    )
    owner_database_url: str | None = Field(
        default=None, description="Address for migrations; default: `database_url`."
    )
    reader_database_url: str | None = Field(
        default=None,
        description="Address for what map programs ask; its role needs only `registry_reader`."
        " Default: `database_url`.",
    )
    host: str = "127.0.0.1"
    port: int = 8000
    trusted_proxies: str = Field(
        default="127.0.0.1",
        description="Whose X-Forwarded-For is believed: addresses or networks, with commas.",
    )
    rate_limit: int = Field(
        default=1200,
        ge=0,
        description="How often one network may read in a minute, per process; 0: as often as it"
        " likes.",
    )
    public_url: str = Field(
        default_factory=lambda known: f"http://{known['host']}:{known['port']}",
        description="Where readers reach the service; https in production.",
    )
    tile_url: str | None = Field(
        default=None, description="Optional tile layer under the map, {z}/{x}/{y}."
    )
    tile_attribution: str = ""
    pool_size: int = 40
    max_body_bytes: int = 1_000_000
    files: str = Field(
        default=str(Path(__file__).parents[1] / ".local/files"),
        description="Where files are kept: a folder, or s3://bucket/prefix.",
    )
    s3_endpoint: str | None = Field(
        default=None, description="Address of an S3-compatible store; default: Amazon's."
    )
    max_file_bytes: int = 20_000_000
    max_upload_bytes: int = Field(
        default=50_000_000, description="The largest request that may carry files."
    )
    max_city_bytes: int = Field(
        default=2_000_000_000, description="What all files of one city may take together."
    )
    downloads: str | None = Field(
        default=None,
        description="A folder for files made for readers to take away, which may be emptied at any"
        " time; default: a private one for each process, gone when it ends.",
    )
    max_downloads_bytes: int = Field(
        default=1_000_000_000, description="What these files may take together."
    )
    contact: str | None = Field(
        default=None,
        pattern=r"^(mailto:|https://)\S+$",
        description="Whom readers of the data ask, like mailto:so-dang-ky@example.vn; the catalogue"
        " and the description of the search name it.",
    )
    security_contact: str | None = Field(
        default=None,
        pattern=r"^(mailto:|https://)\S+$",
        description="Whom to tell about a weakness of the service; default: `contact`. Without"
        " either there is no security.txt.",
    )
    session_hours: int = 12
    ledger_key: str = Field(
        default=str(Path(__file__).parents[1] / ".local/ledger-key.pem"),
        description="The private key that signs the ledger's heads; only worker and command line"
        " read it.",
    )
    smtp_url: str | None = Field(
        default=None,
        description="Mail server: smtp://, smtp+starttls:// or smtps://user:password@host:port;"
        " without one, messages are only listed in the service.",
    )
    mail_from: str | None = Field(
        default=None, description="Sender of mails, like `City AI registry <no-reply@…>`."
    )
    person_secret: str | None = Field(
        default=None,
        min_length=32,
        description="Secret by which people who completed a course become keys (indicator 3), at"
        " least 32 characters; never changed. Without one, production takes only numbers.",
    )

    form_secret: str | None = Field(
        default=None,
        min_length=32,
        description="Secret that stamps the forms of people without an account and makes the codes"
        " by which they follow a report, at least 32 characters; production does not start without"
        " one.",
    )

    @property
    def secret_of_forms(self) -> str:
        """Raises ValueError in production without one: there the service does not start."""
        if self.form_secret is not None:
            return self.form_secret
        if self.mode is Mode.PRODUCTION:
            raise ValueError("REGISTRY_FORM_SECRET is missing")
        return "a secret of forms for trying out, and for nothing else"

    @property
    def site(self) -> str:
        """The public address without a slash at its end, before every absolute address."""
        return self.public_url.rstrip("/")

    @property
    def weaknesses_to(self) -> str | None:
        """Whom to tell about a weakness of the service."""
        return self.security_contact or self.contact

    @property
    def secret_of_people(self) -> str | None:
        if self.person_secret is None and self.mode is Mode.DEVELOPMENT:
            return "a secret for trying out, and for nothing else"
        return self.person_secret


@cache
def settings() -> Settings:
    return Settings()
