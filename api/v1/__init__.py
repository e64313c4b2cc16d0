"""The open JSON API, version 1: one file per noun."""

from fastapi import APIRouter

router = APIRouter(prefix="/api/v1")
