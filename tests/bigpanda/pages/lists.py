"""Filled in next."""

from flask import Blueprint

pages = Blueprint("lists", __name__)
