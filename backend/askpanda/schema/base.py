"""What every contract type has in common."""

from pydantic import BaseModel, ConfigDict


class Contract(BaseModel):
    """Unknown fields are ignored (clients may be newer than we are); wrong types are an error, never coerced."""

    model_config = ConfigDict(extra="ignore", strict=True, populate_by_name=True)
