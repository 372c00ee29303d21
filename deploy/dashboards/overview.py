"""`pfh-overview`: whether people are served, and where to look if not."""

from __future__ import annotations

from deploy.dashboards.page import Line, Page, Panel

PAGE = Page(
    uid="pfh-overview",
    title="Overview",
    description="Whether people are served, and where to look if not.",
    runbook=(
        ("Thresholds", "alert-thresholds"),
        ("Slow", "high-api-response-time"),
        ("Errors", "high-error-rate"),
        ("Disk", "disk-full"),
    ),
    rows=(
        (
            "Now",
            (
                Panel(
                    title="Response time, 95th percentile", unit="s", is_stat=True,
                    description="Nineteen of twenty requests are answered within this time.",
                    lines=(Line('job:http_request_duration_seconds:p95_5m{job="backend"}'),),
                    warning=2, critical=5,
                ),
                Panel(
                    title="Errors", unit="percentunit", is_stat=True,
                    description="Answers 5xx of all answers in five minutes.",
                    lines=(Line('job:http_request_errors:ratio_rate5m{job="backend"}'),),
                    warning=0.01, critical=0.05,
                ),
                Panel(
                    title="Consumer lag", unit="short", is_stat=True,
                    description="Messages of Kafka that the slowest group has not applied yet.",
                    lines=(Line("max(group_topic:kafka_consumer_group_lag:sum)"),),
                    warning=1000, critical=5000,
                ),
                Panel(
                    title="Outbox age", unit="s", is_stat=True,
                    description="Age of the oldest event that waits for the relay.",
                    lines=(Line("max(outbox_oldest_seconds)"),), warning=60, critical=300,
                ),
                Panel(
                    title="Last backup", unit="s", is_stat=True,
                    description="How long ago the last backup was made and verified.",
                    lines=(Line("time() - max(backup_last_success_timestamp_seconds)"),),
                    warning=26 * 3600, critical=50 * 3600,
                ),
                Panel(
                    title="Alerts", unit="short", is_stat=True,
                    description="Rules that fire, without the dead man's switch.",
                    lines=(
                        Line(
                            'count(ALERTS{alertstate="firing", alertname!="DeadMansSwitch"})'
                            " or vector(0)"
                        ),
                    ),
                    warning=1,
                ),
            ),
        ),
        (
            "Service",
            (
                Panel(
                    title="Requests", unit="reqps",
                    description="Requests a second, by the class of their answer.",
                    lines=(
                        Line(
                            "sum by (status_class) (rate(http_request_duration_seconds_count"
                            '{job="backend"}[$__rate_interval]))',
                            "{{status_class}}",
                        ),
                    ),
                ),
                Panel(
                    title="Response times", unit="s",
                    description="Half, nineteen of twenty and 99 of 100 requests are quicker.",
                    lines=tuple(
                        Line(f"job:http_request_duration_seconds:p{number}_5m", f"p{number}")
                        for number in (50, 95, 99)
                    ),
                    warning=2, critical=5,
                ),
                Panel(
                    title="Processes", unit="short", low_is_bad=True,
                    description="Targets that Prometheus reaches, by job.",
                    lines=(Line("sum by (job) (up)", "{{job}}"),),
                ),
            ),
        ),
        (
            "Servers",
            (
                Panel(
                    title="Answers of the shared cache", unit="ops",
                    description="What was found in the cache, was stale, or had to be loaded.",
                    lines=(
                        Line(
                            "sum by (outcome) (rate(cache_answers_total[$__rate_interval]))",
                            "{{outcome}}",
                        ),
                    ),
                ),
                Panel(
                    title="Memory of Redis", unit="percentunit", needs="redis_exporter",
                    description="Used of maxmemory. redis-cache is meant to be full.",
                    lines=(Line("server:redis_memory:used_ratio", "{{server}}"),),
                    warning=0.8, critical=0.95,
                ),
                Panel(
                    title="Hits of Redis", unit="percentunit", needs="redis_exporter",
                    description="Questions that redis-cache could answer, of all.",
                    lines=(Line("server:redis_keyspace:hit_ratio_rate5m", "{{server}}"),),
                    warning=0.5, critical=0.2, low_is_bad=True,
                ),
                Panel(
                    title="Evictions of Redis", unit="ops", needs="redis_exporter",
                    description="Keys thrown away for space; any of redis-master is a session.",
                    lines=(
                        Line("rate(redis_evicted_keys_total[$__rate_interval])", "{{server}}"),
                    ),
                ),
                Panel(
                    title="Disks", unit="percentunit", needs="node_exporter",
                    description="Used of each mount.",
                    lines=(Line("mountpoint:node_filesystem:used_ratio", "{{mountpoint}}"),),
                    warning=0.8, critical=0.95,
                ),
                Panel(
                    title="Processor and memory of the machine", unit="percentunit",
                    needs="node_exporter", description="Used of all processors, and of memory.",
                    lines=(
                        Line(
                            'sum(rate(node_cpu_seconds_total{mode!="idle"}[$__rate_interval]))'
                            " / sum(rate(node_cpu_seconds_total[$__rate_interval]))",
                            "processor",
                        ),
                        Line(
                            "1 - sum(node_memory_MemAvailable_bytes)"
                            " / sum(node_memory_MemTotal_bytes)",
                            "memory",
                        ),
                    ),
                    warning=0.8, critical=0.95,
                ),
            ),
        ),
    ),
)  # fmt: skip
