"""For every rule: what must fire it, just above its threshold, and what must not, just below.

Series are in promtool's notation: `5x20` is 5 for twenty minutes more, and `0+5x20` grows by 5.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final, TypeAlias

Series: TypeAlias = dict[str, str]

REQUESTS: Final = "http_request_duration_seconds_count"
BUCKETS: Final = "http_request_duration_seconds_bucket"
GIBIBYTE: Final = 1024**3
MINUTE: Final = 60
HOUR: Final = 60 * MINUTE
DAY: Final = 24 * HOUR


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One rule, named by its alert, severity and further labels.

    `at` is the minute at which each of `fires` must have it firing, and none of `silent` may.
    """

    alert: str
    severity: str
    labels: dict[str, str] = field(default_factory=dict)
    at: int = 12
    fires: tuple[Series, ...]
    silent: tuple[Series, ...]


def steady(name: str, value: float, minutes: int = 300) -> Series:
    return {name: f"{value}x{minutes}"}


def growing(name: str, per_minute: float, minutes: int = 300, start: float = 0) -> Series:
    return {name: f"{start}{per_minute:+}x{minutes}"}


def pair(
    alert: str, severity: str, name: str, above: float, below: float, *, at: int = 12, **more: str
) -> Case:
    """Return the case of a gauge that is steadily above or below."""
    return Case(
        alert=alert, severity=severity, at=at, labels=more,
        fires=(steady(name, above),), silent=(steady(name, below),),
    )  # fmt: skip


def latency(within_2: int, within_5: int, *, of: int = 1000) -> Series:
    """Return so many of 1000 requests a minute within 2 and 5 s, all within 10 s."""
    series: Series = {}
    for bound, count in (("1", 0), ("2", within_2), ("5", within_5), ("10", of), ("+Inf", of)):
        series |= growing(f'{BUCKETS}{{job="backend",le="{bound}"}}', count)
    return {**series, **growing(f'{REQUESTS}{{job="backend",status_class="2xx"}}', of)}


def errors(ratio: float, per_minute: float = 10_000) -> Series:
    """Return requests of which a part is answered 5xx."""
    labels = f'{REQUESTS}{{job="backend",status_class='
    return {
        **growing(f'{labels}"5xx"}}', per_minute * ratio),
        **growing(f'{labels}"2xx"}}', per_minute * (1 - ratio)),
    }


# No request at all: every ratio is 0/0.
QUIET: Final = {**errors(0, 0), **latency(0, 0, of=0)}
# One request in ten minutes, slow and wrong.
NIGHT: Final = {
    f'{REQUESTS}{{job="backend",status_class="5xx"}}': "0x8 1x300",
    **{f'{BUCKETS}{{job="backend",le="{le}"}}': "0x8 0x300" for le in ("1", "2", "5")},
    **{f'{BUCKETS}{{job="backend",le="{le}"}}': "0x8 1x300" for le in ("10", "+Inf")},
}


def burn(factor: str, severity: str, at: int) -> Case:
    ratio = float(factor) * 0.001
    return Case(
        alert="ErrorBudgetBurn", severity=severity, labels={"burn": factor}, at=at,
        fires=(errors(ratio * 1.02),), silent=(errors(ratio * 0.98), QUIET),
    )  # fmt: skip


API: Final = (
    Case(
        alert="ApiSlow", severity="warning",
        fires=(latency(948, 1000),), silent=(latency(952, 1000), QUIET, NIGHT),
    ),
    Case(
        alert="ApiSlow", severity="critical",
        fires=(latency(0, 949),), silent=(latency(0, 951), QUIET, NIGHT),
    ),
    Case(
        alert="ApiErrors", severity="warning",
        fires=(errors(0.011),), silent=(errors(0.009), QUIET, NIGHT),
    ),
    Case(
        alert="ApiErrors", severity="critical",
        fires=(errors(0.051),), silent=(errors(0.049), QUIET, NIGHT),
    ),
    burn("14.4", "critical", 10), burn("6", "critical", 30), burn("3", "warning", 75),
    burn("1", "warning", 200),
)  # fmt: skip


def pool(in_use: int, size: int = 100) -> Series:
    labels = '{job="backend",instance="a",pool="primary"}'
    return {**steady(f"db_pool_in_use{labels}", in_use), **steady(f"db_pool_size{labels}", size)}


def connections(count: int, most: int = 200) -> Series:
    return {
        **steady('pg_stat_activity_count{server="postgres-master",state="idle"}', count - 10),
        **steady('pg_stat_activity_count{server="postgres-master",state="active"}', 10),
        **steady('pg_settings_max_connections{server="postgres-master"}', most),
    }


_SLOT: Final = 'pg_replication_slot_safe_wal_size_bytes{server="postgres-master",slot_name="one"}'
DATABASE: Final = (
    Case(
        alert="DatabasePoolFull", severity="warning",
        fires=(pool(81),), silent=(pool(80), pool(0, 0)),
    ),
    Case(
        alert="DatabasePoolFull", severity="critical",
        fires=(pool(96),), silent=(pool(95), pool(0, 0)),
    ),
    Case(
        alert="DatabaseConnectionsHigh", severity="warning",
        fires=(connections(161),), silent=(connections(160), connections(10, 0)),
    ),
    Case(
        alert="DatabaseConnectionsHigh", severity="critical",
        fires=(connections(191),), silent=(connections(190), connections(10, 0)),
    ),
    pair("DatabaseDown", "critical", 'pg_up{server="postgres-master"}', 0, 1),
    pair("ReplicaBehind", "warning", "db_replica_lag_seconds", 31, 29),
    pair("ReplicaBehind", "critical", "db_replica_lag_seconds", 301, 299),
    pair("ReplicaDown", "warning", "db_replica_up", 0, 1),
    pair("ReplicationSlotNearlyLost", "warning", _SLOT, 1.9 * GIBIBYTE, 2.1 * GIBIBYTE),
    pair("ReplicationSlotNearlyLost", "critical", _SLOT, 0.49 * GIBIBYTE, 0.51 * GIBIBYTE),
)  # fmt: skip

_GROUP: Final = 'job="exporter",group="g",topic="t"'


def lag(*partitions: int) -> Series:
    series: Series = {}
    for number, messages in enumerate(partitions):
        series |= steady(f'kafka_consumer_group_lag{{{_GROUP},partition="{number}"}}', messages)
    return series


def progress(per_minute: float) -> Series:
    return growing(f'kafka_consumer_group_committed_offset{{{_GROUP},partition="0"}}', per_minute)


def letters(then: int, now: int) -> Series:
    return {'kafka_dead_letters{job="exporter",topic="t.dlq"}': f"{then}x5 {now}x300"}


_AGE: Final = f"kafka_consumer_oldest_age_seconds{{{_GROUP}}}"
_MEMBERS: Final = 'kafka_consumer_group_members{job="exporter",group="g"}'
_LEADER: Final = 'relay_leader{job="relay",instance="%s"}'
_BROKERS: Final = 'kafka_brokers{job="exporter"}'
_COPIES: Final = 'kafka_topic_under_replicated_partitions{job="exporter",topic="t"}'
KAFKA: Final = (
    Case(
        alert="ConsumerLagHigh", severity="warning",
        fires=(lag(1001), lag(500, 501)), silent=(lag(1000), lag(500, 500)),
    ),
    Case(
        alert="ConsumerLagHigh", severity="critical",
        fires=(lag(5001), lag(2500, 2501)), silent=(lag(5000), lag(2500, 2500)),
    ),
    pair("ConsumerLagOld", "warning", _AGE, 61, 60),
    pair("ConsumerLagOld", "critical", _AGE, 601, 600),
    Case(
        alert="ConsumerStuck", severity="critical",
        fires=({**lag(1), **progress(0)},),
        silent=({**lag(0), **progress(0)}, {**lag(1), **progress(1)}),
    ),
    pair("ConsumerGroupEmpty", "critical", _MEMBERS, 0, 1),
    pair("OutboxOld", "warning", "outbox_oldest_seconds", 61, 60),
    pair("OutboxOld", "critical", "outbox_oldest_seconds", 301, 300),
    pair("OutboxLong", "warning", "outbox_events", 10_001, 10_000),
    Case(
        alert="RelayWithoutLeader", severity="critical",
        fires=({**steady(_LEADER % "a", 0), **steady(_LEADER % "b", 0)}, {}),
        silent=({**steady(_LEADER % "a", 0), **steady(_LEADER % "b", 1)},),
    ),
    Case(
        alert="RelayWithTwoLeaders", severity="warning",
        fires=({**steady(_LEADER % "a", 1), **steady(_LEADER % "b", 1)},),
        silent=({**steady(_LEADER % "a", 0), **steady(_LEADER % "b", 1)},),
    ),
    pair("OutboxQuarantined", "warning", "outbox_quarantined_households", 1, 0),
    pair("HouseholdsParked", "warning", 'consumer_parked_households{group="g"}', 1, 0),
    Case(
        alert="DeadLettersArrived", severity="warning",
        fires=(letters(4, 5),), silent=(letters(5, 5), letters(5, 4)),
    ),
    pair("KafkaBrokersMissing", "warning", _BROKERS, 2, 3),
    pair("KafkaBrokersMissing", "critical", _BROKERS, 1, 2),
    pair("KafkaUnderReplicated", "warning", _COPIES, 1, 0),
)  # fmt: skip


def memory(used: int, most: int = 1000, server: str = "redis-master") -> Series:
    labels = f'{{server="{server}"}}'
    return {
        **steady(f"redis_memory_used_bytes{labels}", used),
        **steady(f"redis_memory_max_bytes{labels}", most),
    }


def hits(hit: float, missed: float) -> Series:
    return {
        **growing('redis_keyspace_hits_total{server="redis-cache"}', hit),
        **growing('redis_keyspace_misses_total{server="redis-cache"}', missed),
    }


def evictions(server: str, per_minute: float) -> Series:
    return growing(f'redis_evicted_keys_total{{server="{server}"}}', per_minute)


# Without maxmemory the ratio is a division by zero; a cache is full on purpose.
NO_LIMIT: Final = memory(10**9, 0)
FULL_CACHE: Final = memory(1000, server="redis-cache")
REDIS: Final = (
    Case(
        alert="RedisMemoryHigh", severity="warning",
        fires=(memory(801),), silent=(memory(800), NO_LIMIT, FULL_CACHE),
    ),
    Case(
        alert="RedisMemoryHigh", severity="critical",
        fires=(memory(951),), silent=(memory(950), NO_LIMIT, FULL_CACHE),
    ),
    Case(
        alert="RedisMemoryUnlimited", severity="warning",
        fires=(NO_LIMIT,), silent=(memory(10, 1),),
    ),
    Case(
        alert="RedisMasterEvicts", severity="critical",
        fires=(evictions("redis-master", 1),),
        silent=(evictions("redis-master", 0), evictions("redis-cache", 1)),
    ),
    Case(
        alert="CacheEvictsMuch", severity="warning", at=25,
        fires=(evictions("redis-cache", 51 * 60),), silent=(evictions("redis-cache", 49 * 60),),
    ),
    Case(
        alert="CacheEvictsMuch", severity="critical", at=25,
        fires=(evictions("redis-cache", 501 * 60),), silent=(evictions("redis-cache", 499 * 60),),
    ),
    Case(
        alert="CacheHitsLittle", severity="warning", at=25,
        fires=(hits(490, 510),), silent=(hits(510, 490), hits(0, 0), hits(0, 50)),
    ),
    Case(
        alert="CacheHitsLittle", severity="critical", at=25,
        fires=(hits(190, 810),), silent=(hits(210, 790), hits(0, 0), hits(0, 50)),
    ),
    pair("RedisDown", "critical", 'redis_up{job="redis",server="redis-master"}', 0, 1),
)  # fmt: skip

_MOUNT: Final = '{mountpoint="/data",device="sda",fstype="ext4"}'


def disk(available: float, of: float = 1000, shrinking: float = 0, kind: str = "ext4") -> Series:
    labels = _MOUNT.replace("ext4", kind)
    return {
        **growing(f"node_filesystem_avail_bytes{labels}", -shrinking, start=available),
        **steady(f"node_filesystem_size_bytes{labels}", of),
    }


DISK: Final = (
    Case(
        alert="DiskFull", severity="warning",
        fires=(disk(199),), silent=(disk(200), disk(0, kind="tmpfs"), disk(0, 0)),
    ),
    Case(
        alert="DiskFull", severity="critical",
        fires=(disk(49),), silent=(disk(50), disk(0, kind="tmpfs"), disk(0, 0)),
    ),
    # The trend must have been too steep for as long as `for` says: from minute 40, from minute 30.
    Case(
        alert="DiskFillsUp", severity="warning", at=100,
        fires=(disk(4800, 10_000, 4800 / (24 * 60 + 30)),),
        silent=(disk(4800, 10_000, 4800 / (24 * 60 + 50)), disk(9000, 10_000, 10)),
    ),
    Case(
        alert="DiskFillsUp", severity="critical", at=60,
        fires=(disk(4800, 10_000, 4800 / (4 * 60 + 20)),),
        silent=(disk(4800, 10_000, 4800 / (4 * 60 + 40)), disk(9000, 10_000, 40)),
    ),
)  # fmt: skip


def refused(per_second: float, route: str = "/api/auth/login") -> Series:
    labels = f'{{job="backend",route="{route}",status_class="4xx"}}'
    return growing(f"{REQUESTS}{labels}", per_second * 60)


_DEAD_MAIL: Final = 'mail_outbox_letters{state="dead"}'
_BREAKER: Final = 'dependency_breaker_state{dependency="mail"}'
BUSINESS: Final = (
    pair("MailOld", "warning", "mail_outbox_oldest_due_seconds", 901, 900),
    pair("MailOld", "critical", "mail_outbox_oldest_due_seconds", 3601, 3600),
    pair("MailGivenUp", "warning", _DEAD_MAIL, 1, 0),
    pair("DependencyAway", "warning", _BREAKER, 2, 1),
    Case(
        alert="SignInsFail", severity="warning",
        fires=(refused(1.05), refused(1.05, "/signin")),
        silent=(refused(0.95), refused(9, "/api/transactions")),
    ),
    Case(
        alert="SignInsFail", severity="critical",
        fires=(refused(10.5),), silent=(refused(9.5),),
    ),
)  # fmt: skip

# The clock of promtool begins at the epoch: an instant is how many seconds later it is.
_BACKUP: Final = "backup_last_success_timestamp_seconds"
_BASE: Final = "base_backup_last_success_timestamp_seconds"
_BASE_OF_KUBERNETES: Final = (
    'kube_cronjob_status_last_successful_time{cronjob="base-backup",namespace="pfh"}'
)
_DRILL: Final = "backup_last_drill_timestamp_seconds"


def backups(succeeded: int, failed: int, name: str = "backup_last") -> Series:
    success = _DRILL if name == "backup_last_drill" else f"{name}_success_timestamp_seconds"
    return {
        **steady(success, succeeded), **steady(f"{name}_failure_timestamp_seconds", failed)
    }  # fmt: skip


def aged(name: str, seconds: int, at: int) -> Series:
    """Return an instant that is so many seconds ago at that minute."""
    return steady(name, at * MINUTE - seconds)


def old(alert: str, severity: str, name: str, seconds: int, at: int, *other_names: str) -> Case:
    # `for` must have passed since the threshold was crossed.
    wait, names = (at - 5) * MINUTE, (name, *other_names)
    return Case(
        alert=alert, severity=severity, at=at,
        fires=tuple(aged(one, seconds + wait, at) for one in names),
        silent=tuple(aged(one, seconds - MINUTE, at) for one in names),
    )  # fmt: skip


BACKUP: Final = (
    old("BackupOld", "warning", _BACKUP, 26 * HOUR, 20),
    old("BackupOld", "critical", _BACKUP, 50 * HOUR, 20),
    Case(
        alert="BackupFailed", severity="warning",
        fires=(backups(100, 101),), silent=(backups(101, 100), backups(100, 0)),
    ),
    Case(
        alert="BackupUnknown", severity="warning", at=65,
        fires=({},), silent=(steady(_BACKUP, 1),),
    ),
    old("BaseBackupOld", "warning", _BASE, 26 * HOUR, 20, _BASE_OF_KUBERNETES),
    old("BaseBackupOld", "critical", _BASE, 50 * HOUR, 20),
    Case(
        alert="BaseBackupFailed", severity="warning",
        fires=(backups(100, 101, "base_backup_last"),),
        silent=(backups(101, 100, "base_backup_last"), backups(100, 0, "base_backup_last")),
    ),
    Case(
        alert="BaseBackupUnknown", severity="warning", at=65,
        fires=({},), silent=(steady(_BASE, 1), steady(_BASE_OF_KUBERNETES, 1)),
    ),
    old("DrillOld", "warning", _DRILL, 35 * DAY, 70),
    Case(
        alert="DrillFailed", severity="critical",
        fires=(backups(100, 101, "backup_last_drill"),),
        silent=(backups(101, 100, "backup_last_drill"), backups(100, 0, "backup_last_drill")),
    ),
)  # fmt: skip

JOBS: Final = (
    "backend", "relay", "consumer", "scheduler", "exporter", "node", "postgres", "redis",
)  # fmt: skip


def targets(*up: int, job: str = "backend") -> Series:
    series: Series = {}
    for number, value in enumerate(up):
        series |= steady(f'up{{job="{job}",instance="{number}"}}', value)
    return series


def every_job(*, but: str = "") -> Series:
    return {name: one for job in JOBS if job != but for name, one in targets(1, job=job).items()}


WATCHING: Final = (
    Case(
        alert="TargetDown", severity="warning", fires=(targets(1, 0),), silent=(targets(1, 1),),
    ),
    Case(
        alert="JobDown", severity="critical", fires=(targets(0, 0),), silent=(targets(1, 0),),
    ),
    Case(
        alert="JobAbsent", severity="critical",
        fires=tuple(every_job(but=job) for job in JOBS), silent=(every_job(),),
    ),
    pair("ExporterPartDown", "warning", 'exporter_part_up{part="kafka"}', 0, 1),
    Case(alert="DeadMansSwitch", severity="none", at=0, fires=({},), silent=()),
)  # fmt: skip

_ALERT: Final = 'ALERTS{alertname="ApiSlow",alertstate="%s",severity="%s",concern="api-latency"}'


def escalated(tier: str, at: int, minutes: int) -> Case:
    name = _ALERT % ("firing", "critical")
    return Case(
        alert="Escalation", severity="critical", labels={"tier": tier}, at=at,
        fires=(steady(name, 1, minutes),),
        silent=(
            # It has fired for a minute less; it only waits; it is a warning.
            {name: f"_x{at - minutes + 1} 1x300"},
            steady(_ALERT % ("pending", "critical"), 1),
            steady(_ALERT % ("firing", "warning"), 1),
        ),
    )  # fmt: skip


ESCALATION: Final = (escalated("2", 15, 15), escalated("3", 30, 30))

CASES: Final[dict[str, tuple[Case, ...]]] = {
    "api": API, "database": DATABASE, "kafka": KAFKA, "redis": REDIS, "disk": DISK,
    "business": BUSINESS, "backup": BACKUP, "watching": WATCHING, "escalation": ESCALATION,
}  # fmt: skip
