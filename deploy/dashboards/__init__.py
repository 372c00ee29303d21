"""The dashboards of Grafana, as a program: `python -m deploy.dashboards` writes them as files."""
