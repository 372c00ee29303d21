"""`pfh-api`: rate, errors and durations by route, and the budget of errors."""

from __future__ import annotations

from deploy.dashboards.page import Line, Page, Panel, rate

_SECONDS = 'http_request_duration_seconds_bucket{job="backend"}'
_COUNT = 'http_request_duration_seconds_count{job="backend"}'
_SUM = 'http_request_duration_seconds_sum{job="backend"}'
_FAILED = 'http_request_duration_seconds_count{job="backend", status_class="5xx"}'
_REFUSED = 'http_request_duration_seconds_count{job="backend", status_class="4xx"}'
PAGE = Page(
    uid="pfh-api",
    title="API",
    description="Rate, errors and durations by route, and how fast errors spend their budget.",
    runbook=(
        ("Slow", "high-api-response-time"),
        ("Errors", "high-error-rate"),
        ("Sign-ins", "suspicious-authentication-activity"),
    ),
    rows=(
        (
            "All requests",
            (
                Panel(
                    title="Rate", unit="reqps", description="Requests a second, by method.",
                    lines=(Line(rate(_COUNT, "method"), "{{method}}"),),
                ),
                Panel(
                    title="Errors", unit="percentunit",
                    description="Answers 5xx of all; 4xx are what people ask wrongly.",
                    lines=(Line("job:http_request_errors:ratio_rate5m", "5xx"),),
                    warning=0.01, critical=0.05,
                ),
                Panel(
                    title="Durations", unit="s",
                    description="Half, nineteen of twenty and 99 of 100 requests are quicker.",
                    lines=tuple(
                        Line(
                            f"histogram_quantile(0.{number}, sum by (le)"
                            f" (rate({_SECONDS}[$__rate_interval])))",
                            f"p{number}",
                        )
                        for number in (50, 95, 99)
                    ),
                    warning=2, critical=5,
                ),
            ),
        ),
        (
            "By route",
            (
                Panel(
                    title="Slowest routes", unit="s",
                    description="95th percentile of the ten slowest routes.",
                    lines=(
                        Line(
                            "topk(10, histogram_quantile(0.95, sum by (method, route, le)"
                            f" (rate({_SECONDS}[$__rate_interval]))))",
                            "{{method}} {{route}}",
                        ),
                    ),
                    warning=2, critical=5,
                ),
                Panel(
                    title="Busiest routes", unit="reqps",
                    description="Requests a second of the ten routes that are asked most.",
                    lines=(
                        Line(
                            f"topk(10, {rate(_COUNT, 'method, route')})",
                            "{{method}} {{route}}",
                        ),
                    ),
                ),
                Panel(
                    title="Most time", unit="s",
                    description="Seconds of work in a second: requests under way, by route.",
                    lines=(
                        Line(
                            f"topk(10, {rate(_SUM, 'method, route')})",
                            "{{method}} {{route}}",
                        ),
                    ),
                ),
                Panel(
                    title="Errors by route", unit="reqps",
                    description="Answers 5xx a second, by route; none is drawn as 0.",
                    lines=(
                        Line(
                            f"{rate(_FAILED, 'method, route')} or vector(0)",
                            "{{method}} {{route}}",
                        ),
                    ),
                ),
                Panel(
                    title="Refused requests", unit="reqps",
                    description="Answers 4xx a second, by route: wrong input, throttle, no access.",
                    lines=(
                        Line(
                            f"topk(10, {rate(_REFUSED, 'method, route')}) or vector(0)",
                            "{{method}} {{route}}",
                        ),
                    ),
                ),
                Panel(
                    title="Sign-ins", unit="reqps",
                    description="Attempts to sign in a second, by the class of their answer.",
                    lines=(
                        Line(
                            "sum by (status_class) (rate(http_request_duration_seconds_count"
                            '{job="backend", route=~"/api/auth/login|/signin"}[$__rate_interval]))',
                            "{{status_class}}",
                        ),
                    ),
                    warning=1, critical=10,
                ),
            ),
        ),
        (
            "Budget of errors: 0.1 % in 30 days",
            (
                Panel(
                    title="Burn rate", unit="short",
                    description="How many times too fast errors spend the budget, by window.",
                    lines=tuple(
                        Line(f"job:http_request_errors:ratio_rate{window} / 0.001", window)
                        for window in ("5m", "30m", "1h", "6h", "3d")
                    ),
                    warning=1, critical=14.4,
                ),
                Panel(
                    title="Memory of the backends", unit="bytes",
                    description="Resident memory of each process.",
                    lines=(Line('process_resident_memory_bytes{job="backend"}', "{{instance}}"),),
                ),
                Panel(
                    title="Processor of the backends", unit="percentunit",
                    description="Processors that each process uses; 1 is a whole one.",
                    lines=(
                        Line(
                            'rate(process_cpu_seconds_total{job="backend"}[$__rate_interval])',
                            "{{instance}}",
                        ),
                    ),
                    warning=0.8, critical=0.95,
                ),
            ),
        ),
    ),
)  # fmt: skip
