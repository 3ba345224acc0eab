"""A figure that somebody printed, as a scenario keeps it."""

from __future__ import annotations

import datetime

from pydantic import BaseModel, ConfigDict, Field


class PrintedFigure(BaseModel):
    """A printed figure beside the scenario, so that `sim validate-model` can set the simulated one next to it."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    what: str = Field(description="The figure in words.", json_schema_extra={"unit": "text", "source": "scenario"})
    measure: str = Field(
        description="overdue_pct, npl_pct or balance_fen of an originator's whole book; term_share_pct ... (see docs).",
        json_schema_extra={"unit": "measure", "source": "scenario"},
    )
    of: str = Field(description="Originator or deal measured.", json_schema_extra={"unit": "id", "source": "scenario"})
    on: datetime.date = Field(
        description="Date of the figure.", json_schema_extra={"unit": "date", "source": "scenario"}
    )
    value: float = Field(
        description="The printed value.", json_schema_extra={"unit": "as the measure says", "source": "scenario"}
    )
    role: str = Field(
        "test",
        pattern="^(target|input|test)$",
        description="'target' was fitted to; 'input' set a parameter; 'test' neither.",
        json_schema_extra={"unit": "role", "source": "scenario"},
    )
    source: str = Field(
        description="Id of the figure in the facts files, with its flag.",
        json_schema_extra={"unit": "id", "source": "scenario"},
    )
