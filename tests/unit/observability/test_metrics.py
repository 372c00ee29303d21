"""What Prometheus reads about requests."""

from __future__ import annotations

from prometheus_client.parser import text_string_to_metric_families

from pfh.observability.metrics import HttpMetrics, describe_build, exposition


def _samples(metrics: HttpMetrics) -> dict[tuple[str, tuple[tuple[str, str], ...]], float]:
    (family,) = metrics.collect()
    return {
        (sample.name, tuple(sorted(sample.labels.items()))): sample.value
        for sample in family.samples
    }


def test_counts_requests_in_cumulative_buckets() -> None:
    metrics = HttpMetrics()
    for seconds in (0.002, 0.3, 3.0, 60.0):
        metrics.observe("GET", "/api/tags", 200, seconds)
    samples = _samples(metrics)
    labels = (("method", "GET"), ("route", "/api/tags"), ("status_class", "2xx"))

    def bucket(limit: str) -> float:
        key = tuple(sorted((*labels, ("le", limit))))
        return samples["http_request_duration_seconds_bucket", key]

    assert [bucket(limit) for limit in ("0.001", "0.0025", "2.0", "5.0", "+Inf")] == [0, 1, 2, 3, 4]
    assert samples["http_request_duration_seconds_count", labels] == 4
    assert samples["http_request_duration_seconds_sum", labels] == 63.302


def test_keeps_the_number_of_labels_small_when_methods_are_invented() -> None:
    metrics = HttpMetrics()
    for index in range(50):
        metrics.observe(f"X{index}", "unmatched", 405, 0.001)
    assert {dict(labels)["method"] for _, labels in _samples(metrics)} == {"OTHER"}


def test_exposition_is_readable_and_names_the_build() -> None:
    describe_build("1.2.3", "abc", "3.11")
    families = {
        family.name: family for family in text_string_to_metric_families(exposition().decode())
    }
    assert {"http_request_duration_seconds", "db_pool_size", "build_info"} <= set(families)
    assert any(
        sample.labels["version"] == "1.2.3" and sample.value == 1
        for sample in families["build_info"].samples
    )
