"""Words that would betray what a talk is about (S75); the list lives where services are refused by it."""

from portal.programmes.discretion import FORBIDDEN as FORBIDDEN
from portal.programmes.discretion import betrayed as betrayed
