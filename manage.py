#!/usr/bin/env python
"""Django's command line."""

import os
import sys
from pathlib import Path

from django.core.management import execute_from_command_line

from scc import env
from scc.emulator import Emulator

# What says that another AWS is meant than the one of `make run`: its address, or who we are to it.
NAMES_AN_AWS = (
    "AWS_ENDPOINT_URL",
    "AWS_ENDPOINT_URL_DYNAMODB",
    "AWS_PROFILE",
    "AWS_ACCESS_KEY_ID",
    "AWS_ROLE_ARN",
    "AWS_CONTAINER_CREDENTIALS_FULL_URI",
    "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
)

# `dev` starts the emulator, and these are for the AWS of a stage; any other command is for the emulator of `dev`.
OF_THEIR_OWN = {"dev", "deploy", "releases", "rollback", "secrets", "smoke"}
# How long other commands wait for the table, which read it whole: longer than a page may.
PATIENT = Path(__file__).with_name("scc") / "dynamo" / "pynamodb_patient.py"


def main(arguments: list[str]) -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "scc.settings")
    if not OF_THEIR_OWN.intersection(arguments[1:2]):
        os.environ.setdefault("PYNAMODB_CONFIG", str(PATIENT))
        if not any(map(env.text, NAMES_AN_AWS)):
            emulator = Emulator(folder=Path(env.text("SCC_DATA", ".data")), port=env.number("SCC_AWS_PORT", 4566))
            os.environ.update(emulator.environment())
    execute_from_command_line(arguments)


if __name__ == "__main__":
    main(sys.argv)
