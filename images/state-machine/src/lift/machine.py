"""State machines whose transitions are stated as a table in the class."""


class Machine:
    """A subclass gives `initial` and `table`: (state, event) -> state.

    Methods called `enter_<state>` and `leave_<state>` run at the transitions. A state of "*" stands
    for every state, and a target of None for the state before the last transition.
    """

    initial = None
    table = {}

    def __init__(self):
        self.state = self.initial
        self._before = None

    def fire(self, event):
        target = self._target(event)
        self._hook("leave_", self.state)
        self._before, self.state = self.state, target
        self.changed(event)
        self._hook("enter_", target)

    def _target(self, event):
        for state in (self.state, "*"):
            if (state, event) in self.table:
                target = self.table[state, event]
                return self._before if target is None else target
        raise ValueError("no %s in state %s" % (event, self.state))

    def _hook(self, prefix, state):
        hook = getattr(self, prefix + state, None)
        if hook:
            hook()

    def changed(self, event):
        """What a subclass does at every transition."""
