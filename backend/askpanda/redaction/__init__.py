"""Cutting secrets, standing in for names, putting names back."""

from askpanda.redaction.names import Mask
from askpanda.redaction.secrets import CUT, SecretCutter, cut_secrets, cut_secrets_deep

__all__ = ["CUT", "Mask", "SecretCutter", "cut_secrets", "cut_secrets_deep"]
