"""HTML for people, by journey; every page stands under /vi and under /en."""

from fastapi import APIRouter

from api.deps import KNOW_READER
from api.pages import (
    account,
    admin_boundaries,
    admin_home,
    admin_indicators,
    admin_lists,
    admin_people,
    admin_periods,
    admin_rolls,
    admin_users,
    city,
    decisions,
    error_reports,
    keys,
    messages,
    public,
    review,
    review_carrying,
    review_differences,
    review_indicators,
    review_reports,
    undelivered,
)

router = APIRouter(include_in_schema=False, dependencies=[KNOW_READER])
router.include_router(account.router)
router.include_router(keys.router)
router.include_router(admin_home.router)
router.include_router(admin_people.router)
router.include_router(admin_users.router)
router.include_router(admin_lists.router)
router.include_router(admin_rolls.router)
router.include_router(admin_boundaries.router)
router.include_router(admin_periods.router)
router.include_router(admin_indicators.router)
router.include_router(messages.router)
router.include_router(undelivered.router)
router.include_router(city.router)
router.include_router(review_carrying.router)
router.include_router(review_indicators.router)
router.include_router(review_differences.router)
router.include_router(review_reports.router)
router.include_router(review.router)
router.include_router(decisions.router)
router.include_router(error_reports.router)
router.include_router(public.router)
