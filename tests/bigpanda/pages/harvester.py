"""Filled in next."""

from flask import Blueprint

pages = Blueprint("harvester", __name__)
