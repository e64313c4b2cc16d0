"""HTML for people, by journey; every page stands under /vi and under /en."""

from fastapi import APIRouter

from api.deps import KNOW_READER

router = APIRouter(include_in_schema=False, dependencies=[KNOW_READER])
