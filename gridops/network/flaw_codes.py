"""Every kind of flaw that GridOps can tell, with its severities and what it means.

`docs/checks.md` is made from here. A code that the product emits and this table does not
list, or that the table lists and no test plants, is found by the tests.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from gridops.errors.severity import Severity

_SEVERITIES = {"E": Severity.ERROR, "W": Severity.WARNING, "N": Severity.NOTE}


@dataclass(frozen=True, slots=True)
class FlawKind:
    code: str
    severities: tuple[Severity, ...]
    area: str
    meaning: str


FILES = """
file-missing E the file is not there or cannot be read
not-a-file E the file is a folder, pipe or device
file-too-large E the file is larger than any grid needs
not-utf8 E the file is not UTF-8
not-csv E quotes are broken from this line on
not-toml E `network.toml` is no TOML
byte-order-mark W the file begins with a byte order mark, which is skipped
header-missing E line 1 names no columns
wrong-delimiter E columns are not separated by commas
duplicate-column E a column comes twice
missing-column E a required column is missing
unknown-column W a column is unknown and not read
column-of-later-format E a column that the stated format does not have yet
table-of-later-format E a file that the stated format does not have yet
ragged-row E a row has more or fewer cells than the header
wrong-type E a cell does not hold what its column wants
missing-value E a required cell is empty
too-many-flaws N the file has more flaws than are listed
"""
DATA = """
not-finite E a number is infinite or none at all
empty-table E a grid without nodes or sources
duplicate-id E two rows of one id
ambiguous-id W an id that may mean a branch, a node or a section
confusable-id W two ids that differ only in case, spaces or how letters are made
duplicate-name W two switches of one name
device-name-odd N a breaker number that does not tell its voltage
control-character E an invisible character in a text
formula-cell E a text that a spreadsheet would run
coordinates-incomplete W a node with one coordinate of two
coordinates-zero W a node at longitude 0, latitude 0
coordinates-outside-world W coordinates that no place on earth has
coordinates-exchanged W longitude and latitude are exchanged
coordinates-far-away W a node far from the rest of the grid
coordinates-stacked W nodes on one spot, though long lines join them
length-below-distance W a line shorter than the straight way between its ends
length-beyond-distance W a line many times longer than the straight way between its ends
dangling-branch E a branch at a node that is not listed
dangling-transformer E a transformer at a node that is not listed
dangling-switch E a switch at a node that is not listed
dangling-source E a source at a node that is not listed
dangling-load E a load at a node that is not listed
dangling-generator E a generator at a node that is not listed
dangling-shunt E a shunt at a node that is not listed
dangling-profile E a profile that is not listed
dangling-phasing E phases of an element that is not listed
unit-suspect W a value outside its usual range, most often a wrong unit
"""
ELECTRICS = """
voltage-absurd E a voltage outside 100 V to 500 kV, or a source far from 1 pu
voltage-mismatch E two voltages joined without a transformer, or rated values far from the nodes'
limits-absurd E limits in the wrong unit
frequency-absurd E a frequency that no grid has
length-absurd E a length of zero, below, or beyond 200 km
length-unit E an impedance per km that a length in km or mm instead of m would explain
impedance-zero E a branch without impedance
impedance-negative E a negative resistance, reactance or ratio
impedance-absurd E,W an impedance that no equipment has
r-to-x-absurd W resistance and reactance far out of proportion
capacitance-absurd E a negative or impossible capacitance
capacitance-of-other-kind W a cable with the capacitance of an overhead line, or the reverse
capacitance-missing N cables without capacitance
rating-missing E no rating
rating-suspect W a rating so small that its unit is in doubt
emergency-below-normal W an emergency rating below the permanent one
losses-absurd E losses that are negative or beyond what is possible
losses-suspect W losses so small or large that their unit is in doubt
no-load-current-suspect W a no-load current above 20 %
no-load-current-low N iron losses above the no-load power
tap-out-of-range E a tap outside its range
tap-step-absurd E a tap step that is negative or above 10 %
tap-without-step W a tap that stands off neutral but changes nothing
clock-out-of-range E a clock number outside 0 to 11
transformer-sides-exchanged E rated voltages fit the nodes only the other way round
transformer-upside-down W the high-voltage side is the low one
source-voltages-apart W sources of one level hold voltages far apart
load-negative W a load that feeds in
load-absurd E a load above 100 MW
load-unit W less than 10 W per customer
load-share-outside E a share of constant current or impedance outside 0 to 1
load-shares-beyond-whole E shares of constant current and impedance that exceed 1 together
load-per-customer-high W a residential load above 50 kW per customer
power-factor-low N a power factor below 0.5
average-absurd W a mean power above the peak, or negative
service-transformer-absurd W a service transformer without power
service-transformer-overloaded W a load above 120 % of its service transformer
generator-rating-missing W a generator without rating
generator-beyond-rating W a generator above 110 % of its rating
generator-consumes W a generator that draws power
generator-island-suspect W photovoltaics said to keep an island alive
shunt-without-effect W a shunt that draws nothing
shunt-losses-absurd W a shunt whose losses are negative or above its reactive power
phasing-misfit E phases that no three-phase calculation can reckon with
phasing-missing E a line or transformer without phases in a grid that states those of others
"""
TOPOLOGY = """
self-loop-branch E a branch from a node to itself
self-loop-switch E a switch from a node to itself
isolated-node E a node that nothing is joined to
unreachable-section E a section that no source can reach, all switches closed
normal-loop E a ring closed in the normal state
parallel-branches E two branches between the same two nodes
sources-in-parallel E two sources joined in the normal state
switch-without-effect W a switch that a branch bypasses
normally-dark-load W a load without supply in the normal state
stub-branch N a branch that ends where nothing is joined
"""
OPERATIONS = """
feeder-head-missing E loads supplied through switches of which none is a head
head-not-breaker E a feeder head that is no breaker
head-not-at-busbar E a feeder head that is not beside a busbar or its disconnector
duplicate-feeder E two heads of one feeder
breaker-without-protection E,W a breaker or recloser that never trips (an error at a head)
protection-cannot-trip E a pick-up current where nothing can break a fault
pickup-absurd E a pick-up current of zero or below
pickup-beyond-rating W a pick-up current above 1.5 times what the switch may carry
trip-delay-absurd E a trip delay below 0 or above 10 s
reclosing-impossible E reclosing shots where nothing trips
reclosing-absurd E too many shots, or dead times that cannot be
operating-time-absurd E an operating time below 0 or above 4 h
operating-time-suspect W a remote switch that takes more than a minute
fuse-remote E a fuse said to be remote
failures-negative E a negative failure rate
failures-suspect W more than 10 failures a year, or per km
repair-time-negative E a negative repair or replacement time
customers-negative E a negative number of customers
customers-without-load N customers behind a load of zero
load-without-customers N a load that nobody is behind
load-class-suspect N a residential load of few, very large customers
area-missing N loads without the area that customers are told of
priority-out-of-range E a load priority outside 1 to 4
profile-steps E a day that has not 24, 48 or 96 steps
profile-negative W a profile that turns a load around
profile-all-zero W a profile that is zero all day
profile-factor-suspect W factors that look like percent
profile-unused N a profile that nothing follows
"""
POINTS = """
no-telemetry W a grid without points: it can be studied, not operated
dangling-point E a point of an element or link that is not listed
point-signal-misfit E a signal that its element does not have
command-not-remote E a command to a switch that is not remote
order-misfit E what is said of an order does not go together, or stands at no order
value-misfit E what is said of the values of a point does not go together, or with its signal
select-without-command E selecting or cancelling what is not commanded on the same link
remote-without-position E a remote switch without position
remote-without-command E a remote switch without command
indicator-without-point W an indicator that nobody hears
lockout-without-point E a lockout that nobody hears
duplicate-point-address E two points of one address
duplicate-point-signal E two points of one signal
point-address-invalid E an address that names no node, or a namespace that nobody names
link-identity-invalid E an address that names no node where a server says who it is
point-address-suspect W an address that may mean something else than it says
link-without-points N a link that brings nothing
"""
REVIEW = """
normal-state-unsolvable E no power flow carries the stated load
normal-overload W a branch or transformer above its rating
normal-switch-overload W a switch above its rating
normal-undervoltage W nodes of one feeder below the lower limit
normal-overvoltage W nodes of one feeder above the upper limit
pickup-below-load W protection that trips on load alone
protection-blind W the least fault current at the far end of a zone is below the pick-up
protection-margin-low N that fault current is below 1.5 pick-ups
grading-inverted W an upper device that trips no later than the one below it
grading-pickup W an upper device that picks up at less than the one below it
clock-mismatch-across-tie W transformers turn the voltage differently on the two sides of a tie
tie-inoperable W a normally open switch that nobody can close
tie-without-use W a tie on whose ring no section lies between operable switches
tie-too-weak W a tie that cannot lift even the smallest part on either side, for rating or voltage
head-not-remote N feeder heads that are not remote
feeder-not-divisible N feeders of several peopled sections without a remote load-breaking switch
feeder-without-customers N feeders that nobody hangs on
customers-beyond-ties N customers whom no tie can bring back
section-without-indicator N above 30 % of a feeder's customers behind switches that tell nothing
section-without-customers N end sections without load
"""

AREAS: Mapping[str, str] = {
    "files": FILES,
    "data": DATA,
    "electrics": ELECTRICS,
    "topology": TOPOLOGY,
    "operations": OPERATIONS,
    "points": POINTS,
    "review": REVIEW,
}


def _kinds() -> Mapping[str, FlawKind]:
    found: dict[str, FlawKind] = {}
    for area, text in AREAS.items():
        for line in text.strip().splitlines():
            code, letters, meaning = line.split(" ", 2)
            severities = tuple(_SEVERITIES[letter] for letter in letters.split(","))
            found[code] = FlawKind(code, severities, area, meaning)
    return found


FLAW_KINDS: Mapping[str, FlawKind] = _kinds()
"""By code, in the order of the areas."""
