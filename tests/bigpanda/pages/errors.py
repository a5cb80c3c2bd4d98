"""Filled in next."""

from flask import Blueprint

pages = Blueprint("errors", __name__)
