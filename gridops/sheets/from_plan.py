"""A plan as steps of a sheet."""

from gridops.events.sheets import StepAct, StepBy, StepDraft
from gridops.ids import SectionId
from gridops.restoration import By, Plan


def steps_of(plan: Plan) -> tuple[StepDraft, ...]:
    """The movements of `plan`, in its order; of the way back to the normal state as well."""
    return tuple(
        StepDraft(
            act=StepAct.CLOSE if step.closes else StepAct.OPEN,
            by=StepBy.REMOTE if step.by is By.REMOTE else StepBy.CREW,
            switch=step.switch,
        )
        for step in plan.steps
    )


def given_up_by(plan: Plan) -> tuple[SectionId, ...]:
    """What `plan` openly takes supply from, on its way or until the repair, in the order in which
    it drops them."""
    dropped = (section for step in plan.steps for section in step.sections_dropped)
    return tuple(dict.fromkeys(dropped))
