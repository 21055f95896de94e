#!/usr/bin/env python3
"""Questions of our own on the sample databases, without a model, in English, Chinese and Japanese. Of the hundred at least nine of ten are answered
right, no language is more than five points behind, and of what cannot be answered at most two are; of the other sets nearly as many. Data and
questions are those of one day, so that the calendar decides nothing. TOOMAI_BINARY is the program."""
import os, pathlib, sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "tests/bench"), str(ROOT / "tests/e2e")]
from mcp_client import BINARY, check, failures  # noqa: E402
import questions_score  # noqa: E402

TODAY = "2026-11-27"

server = questions_score.PrivateServer(TODAY)
try:
    for name in ("", "intents", "fresh", "held_out", "mixed"):
        options = questions_score.options_of(["--toomai", BINARY, "--show", "wrong", "--today", TODAY] + (["--questions", name] if name else []))
        table = questions_score.score(options, questions_score.questions_of(options), server.url())
        share = {language: row["right"] / max(1, row["of"]) for language, row in table.items()}
        answered = {language: row["unanswerable"] - row["refused, rightly"] for language, row in table.items()}
        check(f"{name or 'the hundred'}: enough are right in each language", min(share.values()) >= (0.85 if name else 0.9), share)
        check(f"{name or 'the hundred'}: what cannot be answered is refused", max(answered.values()) <= 2, answered)
        if not name:
            check("no language is far behind", max(share.values()) - min(share.values()) <= 0.05001, share)
finally:
    server.stop()
sys.exit(1 if failures else 0)
