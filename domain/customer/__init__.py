"""The customer: the state folded from a stream, one file a family."""

from domain.customer.customer import Customer, bill_channel_on, evolve, fold, initial, state_at
from domain.customer.handler import Anomaly

__all__ = ["Anomaly", "Customer", "bill_channel_on", "evolve", "fold", "initial", "state_at"]
