"""The lending desk: what other sites show of the register, as a frame or as a picture.

Everything here stands under /embed/vi and /embed/en, runs no script, asks for no cookie and sets
none. By its address the wall lets any site frame it (`api/security.py`), and nothing else.
"""

from fastapi import APIRouter, params

from api.audience import Audience, open_to
from api.embed import frames, pictures
from api.query_names import known_names_only

router = APIRouter(
    include_in_schema=False,
    dependencies=[open_to(Audience.PUBLIC), params.Depends(known_names_only)],
)
router.include_router(frames.router)
router.include_router(pictures.router)
