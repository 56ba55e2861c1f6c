"""Tracing is on where OpenTelemetry's environment says so, and costs nothing elsewhere."""

import subprocess
import sys
from pathlib import Path

from backbone.telemetry.tracing import is_wanted

ROOT = Path(__file__).resolve().parents[3]


def test_it_is_off_unless_an_endpoint_is_named() -> None:
    endpoint = {"OTEL_EXPORTER_OTLP_ENDPOINT": "http://collector:4318"}
    assert is_wanted(endpoint)
    assert is_wanted({"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": "http://collector:4318/v1/traces"})
    assert not is_wanted({})
    assert not is_wanted(endpoint | {"OTEL_SDK_DISABLED": "true"})
    assert not is_wanted(endpoint | {"OTEL_TRACES_EXPORTER": "none"})


def test_where_it_is_off_the_sdk_is_not_even_loaded() -> None:
    look = "import sys, cli.composition, cli.catalogue; cli.catalogue.load(); "
    look += "sys.exit(any(name.startswith('opentelemetry.sdk') for name in sys.modules))"
    assert subprocess.run([sys.executable, "-c", look], cwd=ROOT, check=False).returncode == 0
