"""`pfh-kafka`: events from the outbox through the brokers to the read models."""

from __future__ import annotations

from deploy.dashboards.page import Line, Page, Panel, rate

_OF_EXPORTER = '{job="exporter"}'
_LAG = "group_topic:kafka_consumer_group_lag:sum"
_AGE = f"kafka_consumer_oldest_age_seconds{_OF_EXPORTER}"
_DEAD = f"kafka_dead_letters{_OF_EXPORTER}"
PAGE = Page(
    uid="pfh-kafka",
    title="Kafka",
    description="Events on their way from the outbox through the brokers to the read models.",
    runbook=(
        ("Lag", "kafka-consumer-lag"),
        ("Outbox", "outbox-backlog"),
        ("Dead letters", "dead-letters"),
        ("Brokers", "kafka-optimization"),
    ),
    rows=(
        (
            "Consumers",
            (
                Panel(
                    title="Lag", unit="short",
                    description="Messages that a group has not applied yet, of a topic.",
                    lines=(Line(_LAG, "{{group}} {{topic}}"),),
                    warning=1000, critical=5000,
                ),
                Panel(
                    title="Lag of the worst partition", unit="short",
                    description="One that lags alone has a household that is busy or stuck.",
                    lines=(
                        Line(
                            f"max by (group, topic) (kafka_consumer_group_lag{_OF_EXPORTER})",
                            "{{group}} {{topic}}",
                        ),
                    ),
                ),
                Panel(
                    title="Age of the oldest message", unit="s",
                    description="How old the oldest message is that a group has not applied.",
                    lines=(
                        Line(
                            f"max by (group, topic) ({_AGE})",
                            "{{group}} {{topic}}",
                        ),
                    ),
                    warning=60, critical=600,
                ),
                Panel(
                    title="Progress", unit="ops",
                    description="Messages a second that are written, and that groups apply.",
                    lines=(
                        Line(
                            "sum by (topic)"
                            f" (rate(kafka_partition_end_offset{_OF_EXPORTER}[$__rate_interval]))",
                            "written to {{topic}}",
                        ),
                        Line(
                            "sum by (group) (rate(kafka_consumer_group_committed_offset"
                            f"{_OF_EXPORTER}[$__rate_interval]))",
                            "applied by {{group}}",
                        ),
                    ),
                ),
                Panel(
                    title="From event to effect", unit="s",
                    description="95 of 100 events have their effect sooner.",
                    lines=(
                        Line(
                            "histogram_quantile(0.95, sum by (group, le)"
                            " (rate(consumer_lag_seconds_bucket[$__rate_interval])))",
                            "{{group}}",
                        ),
                    ),
                ),
                Panel(
                    title="What became of events", unit="ops",
                    description="Applied, skipped (seen before), healed, parked or unreadable.",
                    lines=(
                        Line(
                            rate("consumer_events_total", "group, outcome"),
                            "{{group}} {{outcome}}",
                        ),
                    ),
                ),
                Panel(
                    title="Members", unit="short", low_is_bad=True, critical=1,
                    description="Consumers that belong to a group, as the brokers know them.",
                    lines=(
                        Line(
                            f"max by (group) (kafka_consumer_group_members{_OF_EXPORTER})",
                            "{{group}}",
                        ),
                    ),
                ),
                Panel(
                    title="State of a group", unit="short",
                    description="1 for its state: anything but stable is a rebalance.",
                    lines=(
                        Line(
                            f"max by (group, state) (kafka_consumer_group_state{_OF_EXPORTER})",
                            "{{group}} {{state}}",
                        ),
                    ),
                ),
                Panel(
                    title="Parked households", unit="short", warning=1,
                    description="Households with an event that a group cannot apply.",
                    lines=(
                        Line("max by (group) (consumer_parked_households)", "{{group}}"),
                    ),
                ),
            ),
        ),
        (
            "Outbox and relay",
            (
                Panel(
                    title="Events that wait", unit="short", warning=10_000,
                    description="Events that the relay has not published yet, up to 100,001.",
                    lines=(Line("max(outbox_events)", "events"),),
                ),
                Panel(
                    title="Age of the oldest that waits", unit="s", warning=60, critical=300,
                    description="A lag of 0 with an old outbox is a relay that stands.",
                    lines=(Line("max(outbox_oldest_seconds)", "oldest"),),
                ),
                Panel(
                    title="Published", unit="ops",
                    description="Events a second that were confirmed, and batches that failed.",
                    lines=(
                        Line("sum(rate(relay_published_events_total[$__rate_interval]))", "events"),
                        Line("sum(rate(relay_failures_total[$__rate_interval]))", "failures"),
                    ),
                ),
                Panel(
                    title="Leading relays", unit="short", low_is_bad=True, critical=1,
                    description="Exactly one publishes; others stand by.",
                    lines=(Line('sum(relay_leader{job="relay"})', "leaders"),),
                ),
                Panel(
                    title="Refused households", unit="short", warning=1,
                    description="Households with an event that the stream refuses.",
                    lines=(Line("max(outbox_quarantined_households)", "households"),),
                ),
                Panel(
                    title="Dead letters", unit="short",
                    description="Messages in each topic; they stay until they expire.",
                    lines=(Line(f"max by (topic) ({_DEAD})", "{{topic}}"),),
                ),
            ),
        ),
        (
            "Brokers",
            (
                Panel(
                    title="Brokers", unit="short", warning=3, critical=2, low_is_bad=True,
                    description="Brokers that are there; with fewer than two nothing is published.",
                    lines=(Line(f"max(kafka_brokers{_OF_EXPORTER})", "brokers"),),
                ),
                Panel(
                    title="Under-replicated partitions", unit="short", warning=1,
                    description="Partitions of which a copy is behind or away.",
                    lines=(
                        Line(
                            "sum by (topic)"
                            f" (kafka_topic_under_replicated_partitions{_OF_EXPORTER})",
                            "{{topic}}",
                        ),
                    ),
                ),
                Panel(
                    title="Parts that the exporter reaches", unit="bool_yes_no", low_is_bad=True,
                    description="What is told of a part that gives no answer is missing above.",
                    lines=(Line("min by (part) (exporter_part_up)", "{{part}}"),),
                ),
            ),
        ),
    ),
)  # fmt: skip
