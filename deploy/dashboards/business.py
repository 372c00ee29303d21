"""`pfh-business`: what people do, without who they are."""

from __future__ import annotations

from deploy.dashboards.page import Line, Page, Panel

_PER_MINUTE = "60 * "
PAGE = Page(
    uid="pfh-business",
    title="Business figures",
    # Who looks for budgets that were exceeded finds here why there are none.
    description="What people do with the hub, without who they are: no figure names anybody."
    " The hub has no budgets yet, so nothing is told of budgets that were exceeded.",
    runbook=(
        ("Third parties", "third-party-services"),
        ("Backup", "database-backup"),
        ("Drill", "restore-drill"),
    ),
    rows=(
        (
            "What people do",
            (
                Panel(
                    title="Transactions", unit="cpm",
                    description="Transactions a minute that were written by hand or by the API.",
                    lines=(
                        Line(
                            f"{_PER_MINUTE}sum(rate(http_request_duration_seconds_count"
                            '{job="backend", method="POST", status_class="2xx",'
                            ' route=~"/(api/)?transactions"}[$__rate_interval]))',
                            "transactions",
                        ),
                    ),
                ),
                Panel(
                    title="People who come", unit="cpm",
                    description="Sign-ups and sign-ins a minute that succeeded.",
                    lines=(
                        Line(
                            f"{_PER_MINUTE}sum by (route) (rate(http_request_duration_seconds_count"
                            '{job="backend", method="POST", status_class=~"2xx|3xx",'
                            ' route=~"/api/auth/(login|register)|/signin|/signup"}'
                            "[$__rate_interval]))",
                            "{{route}}",
                        ),
                    ),
                ),
                Panel(
                    title="Active people", unit="short",
                    description="How many used a session within a day, and within a week.",
                    needs="pfh exporter",
                    lines=(Line("max by (window) (active_users)", "{{window}}"),),
                ),
                Panel(
                    title="Dashboards", unit="cpm",
                    description="Dashboards a minute that people looked at.",
                    lines=(
                        Line(
                            f"{_PER_MINUTE}sum(rate(http_request_duration_seconds_count"
                            '{job="backend", route=~"/(api/)?dashboard"}[$__rate_interval]))',
                            "dashboards",
                        ),
                    ),
                ),
                Panel(
                    title="Events", unit="cpm",
                    description="Changes of the books a minute, as they were published.",
                    lines=(
                        Line(
                            f"{_PER_MINUTE}sum(rate(relay_published_events_total"
                            "[$__rate_interval]))",
                            "events",
                        ),
                    ),
                ),
                Panel(
                    title="Imported rows", unit="cpm",
                    description="Rows of bank files a minute: new, duplicate or wrong.",
                    lines=(
                        Line(
                            f"{_PER_MINUTE}sum by (outcome)"
                            " (rate(import_rows_total[$__rate_interval]))",
                            "{{outcome}}",
                        ),
                    ),
                ),
                Panel(
                    title="Imported files", unit="short",
                    description="Files of the last day, by format and outcome.",
                    lines=(
                        Line(
                            "sum by (format, outcome) (increase(import_files_total[1d]))",
                            "{{format}} {{outcome}}",
                        ),
                    ),
                ),
            ),
        ),
        (
            "Mail and third parties",
            (
                Panel(
                    title="Letters", unit="cpm",
                    description="Attempts to send a letter a minute, by outcome.",
                    lines=(
                        Line(
                            f"{_PER_MINUTE}sum by (kind, outcome)"
                            " (rate(mails_total[$__rate_interval])) or vector(0)",
                            "{{kind}} {{outcome}}",
                        ),
                    ),
                ),
                Panel(
                    title="Letters that wait", unit="short",
                    description="Letters that are due, and those that were given up.",
                    lines=(Line("max by (state) (mail_outbox_letters) or vector(0)", "{{state}}"),),
                ),
                Panel(
                    title="Age of the oldest letter", unit="s", warning=900, critical=3600,
                    description="How long somebody has waited for a code.",
                    lines=(Line("max(mail_outbox_oldest_due_seconds)", "oldest"),),
                ),
                Panel(
                    title="Breakers", unit="short", warning=1, critical=2,
                    description="0 closed, 1 half-open, 2 open: its server is not asked.",
                    lines=(
                        Line(
                            "max by (dependency) (dependency_breaker_state) or vector(0)",
                            "{{dependency}}",
                        ),
                    ),
                ),
                Panel(
                    title="Calls to third parties", unit="cpm",
                    description="Calls a minute, by what came of them.",
                    lines=(
                        Line(
                            f"{_PER_MINUTE}sum by (dependency, outcome)"
                            " (rate(dependency_requests_total[$__rate_interval])) or vector(0)",
                            "{{dependency}} {{outcome}}",
                        ),
                    ),
                ),
            ),
        ),
        (
            "Safety",
            (
                Panel(
                    title="Age of the last backup", unit="s",
                    warning=26 * 3600, critical=50 * 3600,
                    description="Since the last backup that was made and verified.",
                    lines=(
                        Line("time() - max(backup_last_success_timestamp_seconds)", "backup"),
                    ),
                ),
                Panel(
                    title="Age of the last drill", unit="s", warning=35 * 24 * 3600,
                    description="Since a backup was last restored and proven.",
                    lines=(Line("time() - max(backup_last_drill_timestamp_seconds)", "drill"),),
                ),
                Panel(
                    title="What a recovery would cost", unit="s", warning=60, critical=600,
                    description="As the last drill found: work that was lost, and time it took.",
                    lines=(
                        Line("max(backup_rpo_seconds)", "lost work"),
                        Line("max(backup_drill_rto_seconds)", "time"),
                    ),
                ),
            ),
        ),
    ),
)  # fmt: skip
