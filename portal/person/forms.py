"""The form before a copy is made or somebody is erased."""

from portal.accounts.forms import ConfirmedForm
from portal.booking.desk_forms import IdentityForm


class RightsForm(IdentityForm, ConfirmedForm):
    """Staff have made sure who asks, and who of staff it is."""
