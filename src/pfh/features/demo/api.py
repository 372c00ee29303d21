"""What the command line and other features may ask of the demo."""

from __future__ import annotations

from pfh.features.demo.create_demo_household import DemoHousehold, create_demo_household
from pfh.features.demo.fill_demo import fill_demo
from pfh.features.demo.plan_demo import plan_demo

__all__ = ["DemoHousehold", "create_demo_household", "fill_demo", "plan_demo"]
