"""How much of a document a contract run has exercised, from the evidence of all its searches.

    coverage.py SNAPSHOTS EVIDENCE...

prints JSON. Each EVIDENCE is a folder that `evidence.py` wrote into; SNAPSHOTS is a file with the
answers that snapshots show, which count beside those of the run: no search makes a database fail.
"""

from __future__ import annotations

import json
import sys
from collections import defaultdict
from pathlib import Path
from typing import Any

import tracecov

from keywords import Keywords

_WORDS = {
    "keyword_miss": "met no value",
    "keyword_needs_valid": "met no value that is right",
    "keyword_needs_invalid": "met no value that is wrong",
    "parameter_uncovered": "was never sent",
}


def _merged(document: dict[str, Any], folders: list[Path], kind: str) -> tracecov.CoverageMap:
    merged = tracecov.CoverageMap.from_dict(document, base_path="/")
    for folder in folders:
        for counts in sorted(folder.glob(f"*.{kind}")):
            merged.merge_counts(counts.read_bytes())
    return merged


def _reached(folders: list[Path]) -> dict[str, set[str]]:
    reached: dict[str, set[str]] = defaultdict(set)
    for folder in folders:
        for evidence in sorted(folder.glob("*.evidence.json")):
            found = json.loads(evidence.read_text(encoding="utf-8"))["keywords"]
            for operation, pointers in found.items():
                reached[operation] |= set(pointers)
    return reached


def measured(snapshots: list[dict[str, Any]], folders: list[Path]) -> dict[str, Any]:
    """Every figure of a document, and every gap."""
    document = json.loads((folders[0] / "document.json").read_text(encoding="utf-8"))
    asked = _merged(document, folders, "asked")
    reports = {one["operation_id"]: one for one in asked.build_json_report()["operations"]}
    answered = _merged(document, folders, "answered").build_json_report()
    by_runs = _reached(folders)
    shown = Keywords(document)
    for snapshot in snapshots:
        shown.reach(snapshot["operation"], snapshot["status"], snapshot["body"].encode())
    by_snapshots = {operation: set(found) for operation, found in shown.reached().items()}
    every = shown.all()

    operations = []
    for one in answered["operations"]:
        name = one["operation_id"]
        own = every.get(name, set())
        runs = by_runs.get(name, set()) & own
        operations.append(
            {
                "operation": name,
                "parameters": _counted(reports[name], "parameters"),
                "asked": _counted(reports[name], "keywords"),
                "answered": {
                    "covered": len(own & (runs | by_snapshots.get(name, set()))),
                    "total": len(own),
                },
                "unexpected": [status["status"] for status in one.get("unexpected_responses", [])],
                "gaps": [],
            }
        )
    _put_gaps(document, asked, operations)
    all_pointers = set().union(*every.values())
    in_runs = set().union(*by_runs.values()) & all_pointers
    in_both = (set().union(*by_snapshots.values()) & all_pointers) | in_runs
    summary = asked.build_json_report()["summary"]
    return {
        "parameters": _figures(summary["parameters"]),
        "asked": _figures(summary["keywords"]),
        "answered": {
            "covered": len(in_both),
            "in_runs": len(in_runs),
            "total": len(all_pointers),
        },
        # What several answers share stands once.
        "gaps": sorted(f"answer {pointer}" for pointer in all_pointers - in_both),
        "operations": operations,
        "unmatched": [
            f"{one['method']} {one['path']}: {one['reason']}"
            for one in answered.get("unmatched", [])
        ],
    }


def _put_gaps(
    document: dict[str, Any], asked: tracecov.CoverageMap, operations: list[dict[str, Any]]
) -> None:
    gaps = {one["operation"]: one["gaps"] for one in operations}
    for gap in asked.coverage_gaps():
        if gap["kind"] in _WORDS:
            name = document["paths"][gap["path"]][gap["method"].lower()]["operationId"]
            keyword = gap.get("schema_path", "")
            where = f"{gap['location']} {gap['parameter']}{keyword}"
            gaps[name].append(f"{name} {where} {_WORDS[gap['kind']]}")


def _counted(report: dict[str, Any], what: str) -> dict[str, int]:
    return _figures(report["coverage"][what])


def _figures(figures: dict[str, Any]) -> dict[str, int]:
    return {"covered": figures["covered"], "total": figures["total"]}


if __name__ == "__main__":
    with open(sys.argv[1], encoding="utf-8") as shown_by_snapshots:
        print(json.dumps(measured(json.load(shown_by_snapshots), [Path(a) for a in sys.argv[2:]])))
