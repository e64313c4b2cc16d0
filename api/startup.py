"""What must be true before the service answers."""

from functools import cache
from pathlib import Path

from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import text
from sqlalchemy.exc import ProgrammingError
from sqlalchemy.orm import Session, sessionmaker

from registry.db import migrations
from registry.domain.errors import NotMigrated, UnsafeConfiguration
from registry.queries.people import demo_accounts
from registry.settings import Mode, Settings


def assert_safe(settings: Settings, factory: sessionmaker[Session]) -> None:
    """Raises UnsafeConfiguration when production would run with demo accounts, without https or
    without the secret of forms."""
    if settings.mode is not Mode.PRODUCTION:
        return
    if not settings.public_url.startswith("https://"):
        raise UnsafeConfiguration("REGISTRY_PUBLIC_URL must begin with https:// in production")
    if settings.form_secret is None:
        raise UnsafeConfiguration("REGISTRY_FORM_SECRET needs 32 characters or more in production")
    with factory() as session:
        open_demo = demo_accounts(session)
    if open_demo:
        raise UnsafeConfiguration(
            f"demo accounts are open: {', '.join(open_demo)};"
            " close them with `registry users disable-demo`"
        )


def assert_migrated(session: Session) -> None:
    """Raises NotMigrated when the database is not at this code's newest migration."""
    try:
        found = session.scalar(text("SELECT version_num FROM alembic_version"))
    except ProgrammingError:
        found = None
    if found != newest_migration():
        raise NotMigrated


@cache
def newest_migration() -> str | None:
    config = Config()
    config.set_main_option("script_location", str(Path(migrations.__path__[0])))
    return ScriptDirectory.from_config(config).get_current_head()
