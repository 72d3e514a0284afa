//! What the verifier knows of the operand stack and the open exception handlers at one place of the code.
//!
//! A stack is a chain of nodes, the bottom one first. A node stands for slots that not every opcode may see (a NULL, half of a
//! method, an iterator) or for an open handler; between two nodes, and above the last, lie only plain objects, which are
//! counted. So a state is a node and a count, two states are equal when both are, and remembering one takes four bytes.

use crate::error::ErrorKind;
use crate::opcode::ITER_SLOTS;

/// What a node stands for.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(super) enum NodeKind {
    /// The bottom of the stack.
    #[default]
    Bottom,
    /// One slot: NULL.
    Null,
    /// One slot: the exception that an `except` handler was entered with. May be used as an object.
    Exception,
    /// Two slots: a method, and the object that it is bound to or NULL.
    Method,
    /// Four slots: an iterator as `GET_ITER_STACK` leaves it.
    Iterator,
    /// So many slots of an iterator, left by `POP_TOP`: nothing but `POP_TOP` may touch them.
    IteratorPart(u8),
    /// A handler that waits for an exception, or whose code runs.
    Handler(HandlerKind, Phase),
}

/// What set a handler up.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum HandlerKind {
    Except,
    Finally,
    /// Holds `__exit__` and its object in two slots.
    With,
    /// A `finally` whose code is the end of an `async with`: it takes the context manager off, which lies under it.
    AsyncWith,
}

/// How far a handler is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Phase {
    /// Its body runs.
    Waiting,
    /// Its own code runs. A `finally` or `with` holds in two slots why it was entered: `None` or an exception in one of them,
    /// or a return value or jump target and a small int in both.
    Running,
}

impl NodeKind {
    fn slots(self) -> u32 {
        match self {
            NodeKind::Bottom => 0,
            NodeKind::Null | NodeKind::Exception => 1,
            NodeKind::Method => 2,
            NodeKind::Iterator => ITER_SLOTS as u32,
            NodeKind::IteratorPart(slots) => u32::from(slots),
            NodeKind::Handler(kind, phase) => {
                let held = if kind == HandlerKind::With { 2 } else { 0 };
                let cause = if kind != HandlerKind::Except && phase == Phase::Running {
                    2
                } else {
                    0
                };
                held + cause
            }
        }
    }
}

/// One node of a stack; memory that the caller lends to the verifier.
#[derive(Clone, Copy, Debug, Default)]
pub struct Node {
    kind: NodeKind,
    parent: u16,
    /// Plain objects between the parent and this node.
    below: u16,
    /// The innermost handler among this node and those under it.
    handler: u16,
    /// Handlers among this node and those under it.
    n_handlers: u16,
    /// Slots up to and with this node, at most.
    depth: u16,
    /// The lowest of the nodes without slots that lie right under each other from this one on; it itself if it has slots.
    seen_through: u16,
    /// Entry of the handler that this node stands for.
    entry: u32,
    /// Code with this node on its stack must not lie before this place: where the innermost running handler starts.
    from: u32,
    /// Nor at or after this place: where the innermost waiting handler starts.
    until: u32,
}

/// A stack: its topmost node, and how many plain objects lie above that.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct State {
    pub(super) node: u16,
    pub(super) above: u16,
}

/// What a single popped slot held.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Slot {
    Object,
    Null,
    Exception,
}

/// The plain objects above the topmost node, counted.
pub(super) struct Count {
    above: u32,
    /// Most of them at once.
    most: u32,
    below: u32,
    room: u32,
}

impl Count {
    /// On an empty stack with room for so many.
    pub(super) fn new(room: u32) -> Count {
        Count {
            above: 0,
            most: 0,
            below: 0,
            room: room.min(u16::MAX.into()),
        }
    }

    /// Most of them at once.
    pub(super) fn most(&self) -> u32 {
        self.most
    }

    /// How many there are with so many taken off and others put on, if there are enough of them and then room enough.
    #[inline(always)]
    pub(super) fn after(&self, pops: u32, pushes: u32) -> Option<u32> {
        let above = self.above.checked_sub(pops)? + pushes;
        (above <= self.room).then_some(above)
    }

    /// From now on there are so many.
    #[inline(always)]
    pub(super) fn set(&mut self, above: u32) {
        self.above = above;
        self.most = self.most.max(above);
    }

    /// Slots in use, at most.
    pub(super) fn depth(&self) -> u32 {
        self.below + self.above
    }
}

const BOTTOM: u16 = 0;

/// The stack at the place that is being looked at, in a pool of nodes.
pub(super) struct Stack<'s> {
    nodes: &'s mut [Node],
    len: usize,
    /// Nodes up to this one are named by a label and must stay.
    pinned: u16,
    state: State,
    /// Most slots in use at once so far.
    max_depth: u32,
    /// Most nodes in use at once so far.
    max_nodes: usize,
    /// Most handlers that may be open.
    max_handlers: u32,
    /// Most slots that may be in use.
    depth_limit: u32,
    /// Slots up to the topmost node.
    below: u32,
    /// Most objects that may lie above it.
    room: u32,
    /// See [`until`](Self::until).
    until: u32,
}

impl<'s> Stack<'s> {
    pub(super) fn new(
        nodes: &'s mut [Node],
        max_handlers: u32,
        depth_limit: u32,
    ) -> Result<Self, ErrorKind> {
        let bottom = nodes.first_mut().ok_or(ErrorKind::ScratchNodes(0))?;
        *bottom = Node {
            until: u32::MAX,
            ..Node::default()
        };
        let state = State {
            node: BOTTOM,
            above: 0,
        };
        Ok(Stack {
            nodes,
            len: 1,
            pinned: BOTTOM,
            state,
            max_depth: 0,
            max_nodes: 1,
            max_handlers,
            depth_limit,
            below: 0,
            room: depth_limit.min(u16::MAX.into()),
            until: u32::MAX,
        })
    }

    /// Takes what [`Count`] asks all the time from the topmost node, which has become another.
    #[inline(always)]
    fn settle(&mut self) {
        if cfg!(mpy_format_small) {
            return;
        }
        let top = &self.nodes[usize::from(self.state.node)];
        self.below = top.depth.into();
        self.room = self
            .depth_limit
            .saturating_sub(self.below)
            .min(u16::MAX.into());
        self.until = match top.kind {
            NodeKind::Handler(HandlerKind::AsyncWith, _) => 0,
            _ => top.until,
        };
    }

    pub(super) fn state(&self) -> State {
        self.state
    }

    /// Goes on with a state that a label remembers. Nodes that neither it nor any label names are free again.
    pub(super) fn set(&mut self, state: State) {
        self.state = state;
        self.len = usize::from(state.node.max(self.pinned)) + 1;
        self.settle();
    }

    /// Slots in use, at most.
    pub(super) fn depth(&self) -> u32 {
        u32::from(self.top().depth) + u32::from(self.state.above)
    }

    pub(super) fn max_depth(&self) -> u32 {
        self.max_depth
    }

    pub(super) fn max_nodes(&self) -> u32 {
        self.max_nodes as u32
    }

    /// Keeps the nodes of a state that something else remembers.
    pub(super) fn pin(&mut self, state: State) {
        self.pinned = self.pinned.max(state.node);
    }

    fn node(&self, index: u16) -> &Node {
        &self.nodes[usize::from(index)]
    }

    fn top(&self) -> &Node {
        self.node(self.state.node)
    }

    /// Whether code at this place may have this stack.
    pub(super) fn allows(&self, at: u32) -> bool {
        let top = self.top();
        top.from <= at && at < top.until
    }

    /// From which place on the code may not have this stack; 0 where the end of an `async with` may come.
    #[inline(always)]
    pub(super) fn until(&self) -> u32 {
        self.until
    }

    /// The count of plain objects above the topmost node, for as long as that stays.
    #[inline(always)]
    pub(super) fn count(&self) -> Count {
        Count {
            above: self.state.above.into(),
            most: self.state.above.into(),
            below: self.below,
            room: self.room,
        }
    }

    /// Goes on with another count.
    #[inline(always)]
    pub(super) fn set_count(&mut self, count: Count) {
        // The room is no larger.
        self.state.above = count.above as u16;
        self.max_depth = self.max_depth.max(count.below + count.most);
    }

    /// Notes that so many slots above the stack are written, too.
    pub(super) fn reserve(&mut self, slots: u32) -> Result<(), ErrorKind> {
        let depth = self.depth() + slots;
        if depth > self.depth_limit {
            return Err(ErrorKind::Overflow(depth));
        }
        self.max_depth = self.max_depth.max(depth);
        Ok(())
    }

    pub(super) fn push_objects(&mut self, count: u32) -> Result<(), ErrorKind> {
        let above = u32::from(self.state.above).saturating_add(count);
        self.state.above = u16::try_from(above).map_err(|_| ErrorKind::Overflow(above))?;
        self.reserve(0)
    }

    pub(super) fn push(&mut self, slot: Slot) -> Result<(), ErrorKind> {
        match slot {
            Slot::Object => self.push_objects(1),
            Slot::Null => self.push_node(NodeKind::Null),
            Slot::Exception => self.push_node(NodeKind::Exception),
        }
    }

    pub(super) fn push_node(&mut self, kind: NodeKind) -> Result<(), ErrorKind> {
        self.push_handler_node(kind, 0)
    }

    fn push_handler_node(&mut self, kind: NodeKind, entry: u32) -> Result<(), ErrorKind> {
        let parent = *self.top();
        let above = self.state.above;
        let given = self.nodes.len() as u32;
        let index = u16::try_from(self.len).map_err(|_| ErrorKind::ScratchNodes(given))?;
        let mut node = Node {
            kind,
            parent: self.state.node,
            below: above,
            entry,
            ..parent
        };
        let depth = self.depth() + kind.slots();
        node.depth = u16::try_from(depth).map_err(|_| ErrorKind::Overflow(depth))?;
        let is_seen_through = kind.slots() == 0 && parent.kind.slots() == 0 && above == 0;
        node.seen_through = if is_seen_through {
            parent.seen_through
        } else {
            index
        };
        if let NodeKind::Handler(_, phase) = kind {
            node.handler = index;
            node.n_handlers = parent.n_handlers.saturating_add(1);
            if u32::from(node.n_handlers) > self.max_handlers {
                return Err(ErrorKind::TooManyHandlers(node.n_handlers.into()));
            }
            match phase {
                Phase::Waiting => node.until = parent.until.min(entry),
                Phase::Running => node.from = parent.from.max(entry),
            }
        }
        *self
            .nodes
            .get_mut(self.len)
            .ok_or(ErrorKind::ScratchNodes(given))? = node;
        self.len += 1;
        self.max_nodes = self.max_nodes.max(self.len);
        self.state = State {
            node: index,
            above: 0,
        };
        self.settle();
        self.reserve(0)
    }

    /// Takes the topmost node off, which must have no objects above it, and gives its memory back if nothing names it.
    fn pop_node(&mut self) {
        let top = *self.top();
        if usize::from(self.state.node) + 1 == self.len && self.state.node > self.pinned {
            self.len -= 1;
        }
        self.state = State {
            node: top.parent,
            above: top.below,
        };
        self.settle();
    }

    /// Takes a plain object off, if one is on top.
    #[inline(always)]
    pub(super) fn pop_plain(&mut self) -> bool {
        let rest = self.state.above.checked_sub(1);
        self.state.above = rest.unwrap_or(0);
        rest.is_some()
    }

    /// Takes one slot off that holds a value or NULL.
    pub(super) fn pop(&mut self) -> Result<Slot, ErrorKind> {
        if self.pop_plain() {
            return Ok(Slot::Object);
        }
        let slot = match self.top().kind {
            NodeKind::Null => Slot::Null,
            NodeKind::Exception => Slot::Exception,
            NodeKind::Bottom | NodeKind::Handler(_, Phase::Waiting) => {
                return Err(ErrorKind::Underflow);
            }
            _ => return Err(ErrorKind::SlotKind),
        };
        self.pop_node();
        Ok(slot)
    }

    pub(super) fn pop_object(&mut self) -> Result<(), ErrorKind> {
        if self.pop()? == Slot::Null {
            Err(ErrorKind::SlotKind)
        } else {
            Ok(())
        }
    }

    pub(super) fn pop_objects(&mut self, count: u32) -> Result<(), ErrorKind> {
        match u16::try_from(count)
            .ok()
            .and_then(|count| self.state.above.checked_sub(count))
        {
            Some(above) => self.state.above = above,
            None => {
                for _ in 0..count {
                    self.pop_object()?;
                }
            }
        }
        Ok(())
    }

    /// Takes off `count` pairs of which the lower one may be NULL.
    pub(super) fn pop_keyword_pairs(&mut self, count: u32) -> Result<(), ErrorKind> {
        for _ in 0..count {
            self.pop_object()?;
            self.pop()?;
        }
        Ok(())
    }

    /// Takes a node of this kind off, with no objects above it.
    pub(super) fn pop_kind(&mut self, kind: NodeKind) -> Result<(), ErrorKind> {
        if self.state.above != 0 || self.top().kind != kind {
            return Err(ErrorKind::SlotKind);
        }
        self.pop_node();
        Ok(())
    }

    /// Whether the topmost node is of this kind, with no objects above it.
    pub(super) fn is_on_top(&self, kind: NodeKind) -> bool {
        self.state.above == 0 && self.top().kind == kind
    }

    /// `POP_TOP`: a value, or one slot of an iterator whose loop is left.
    pub(super) fn pop_top(&mut self) -> Result<(), ErrorKind> {
        let slots = match self.top().kind {
            _ if self.state.above > 0 => 0,
            NodeKind::Iterator => ITER_SLOTS as u8,
            NodeKind::IteratorPart(slots) => slots,
            _ => 0,
        };
        if slots == 0 {
            return self.pop_object();
        }
        self.pop_node();
        if slots > 1 {
            self.push_node(NodeKind::IteratorPart(slots - 1))
        } else {
            Ok(())
        }
    }

    /// `LOAD_NULL`. The third around one object makes an iterator: a NULL says that the object in the next slot is iterated.
    pub(super) fn push_null(&mut self) -> Result<(), ErrorKind> {
        let third = *self.top();
        let second = *self.node(third.parent);
        self.push(Slot::Null)?;
        let completes = third.kind == NodeKind::Null && second.kind == NodeKind::Null;
        if completes && third.below == 1 && self.top().below == 0 {
            for _ in 0..2 {
                self.pop_node();
            }
            self.pop_objects(1)?;
            self.pop_node();
            return self.push_node(NodeKind::Iterator);
        }
        Ok(())
    }

    /// Whether the slot `index` below the top holds a value, looking past open handlers.
    pub(super) fn check_object_at(&self, index: u32) -> Result<(), ErrorKind> {
        let mut state = self.state;
        let mut left = index;
        loop {
            if left < u32::from(state.above) {
                return Ok(());
            }
            left -= u32::from(state.above);
            // In one step past all the handlers that are open right here: a function can have very many.
            let node = self.node(self.node(state.node).seen_through);
            let slots = match node.kind {
                NodeKind::Bottom => return Err(ErrorKind::Underflow),
                NodeKind::Exception if left == 0 => return Ok(()),
                // How many slots it holds is known at run time only.
                NodeKind::Handler(kind, Phase::Running) if kind != HandlerKind::Except => {
                    return Err(ErrorKind::SlotKind);
                }
                kind => kind.slots(),
            };
            left = left.checked_sub(slots).ok_or(ErrorKind::SlotKind)?;
            state = State {
                node: node.parent,
                above: node.below,
            };
        }
    }

    /// The top `count` slots, at most three, turned so that the topmost becomes the lowest of them.
    pub(super) fn rotate(&mut self, count: u16) -> Result<(), ErrorKind> {
        if self.state.above >= count {
            return Ok(());
        }
        let mut slots = [Slot::Object; 3];
        let slots = &mut slots[..usize::from(count)];
        for slot in slots.iter_mut() {
            *slot = self.pop()?;
        }
        self.push(slots[0])?;
        for &slot in slots[1..].iter().rev() {
            self.push(slot)?;
        }
        Ok(())
    }

    // Handlers.

    /// Opens a handler; the state that its entry at `entry` is reached with comes back.
    pub(super) fn open_handler(
        &mut self,
        kind: HandlerKind,
        entry: u32,
    ) -> Result<State, ErrorKind> {
        let before = self.state;
        self.push_handler_node(NodeKind::Handler(kind, Phase::Running), entry)?;
        if kind == HandlerKind::Except {
            self.push(Slot::Exception)?;
        }
        let at_entry = self.state;
        self.state = before;
        self.settle();
        self.push_handler_node(NodeKind::Handler(kind, Phase::Waiting), entry)?;
        Ok(at_entry)
    }

    /// Whether a plain object is on top.
    pub(super) fn has_object(&self) -> bool {
        self.state.above > 0
    }

    /// The handler right on top of the stack, with no objects above it: its kind, phase and entry.
    pub(super) fn handler_on_top(&self) -> Option<(HandlerKind, Phase, u32)> {
        match self.top().kind {
            NodeKind::Handler(kind, phase) if self.state.above == 0 => {
                Some((kind, phase, self.top().entry))
            }
            _ => None,
        }
    }

    /// The innermost open handler, whatever lies above it.
    pub(super) fn innermost_handler(&self) -> Option<(HandlerKind, Phase)> {
        match self.node(self.top().handler).kind {
            NodeKind::Handler(kind, phase) => Some((kind, phase)),
            _ => None,
        }
    }

    /// Closes the handler that is right on top.
    pub(super) fn close_handler(&mut self) {
        self.pop_node();
    }

    /// Whether control may run from a waiting handler's body into its entry: on a stack that is the body's and one `None`.
    pub(super) fn runs_into(&self, entry: State) -> bool {
        let (from, to) = (self.top(), self.node(entry.node));
        let same_kind = match (from.kind, to.kind) {
            (NodeKind::Handler(a, Phase::Waiting), NodeKind::Handler(b, Phase::Running)) => {
                a == b && matches!(a, HandlerKind::Finally | HandlerKind::With)
            }
            _ => false,
        };
        let same_place = (from.parent, from.below, from.entry) == (to.parent, to.below, to.entry);
        same_kind && same_place && self.state.above == 1 && entry.above == 0
    }

    /// `WITH_CLEANUP`: the handler of a `with` gives up its two slots and becomes one of a `finally`.
    pub(super) fn clean_up_with(&mut self) -> Result<(), ErrorKind> {
        const RUNNING_WITH: NodeKind = NodeKind::Handler(HandlerKind::With, Phase::Running);
        if !self.is_on_top(RUNNING_WITH) {
            return Err(ErrorKind::Handler);
        }
        let entry = self.top().entry;
        // The call of `__exit__` takes three arguments, in the slots of the cause and one more.
        self.reserve(1)?;
        self.pop_node();
        self.push_handler_node(
            NodeKind::Handler(HandlerKind::Finally, Phase::Running),
            entry,
        )
    }

    /// The running `except` handler that was entered with the exception on top, if that is all there is above it.
    pub(super) fn is_unhandled_exception(&self) -> bool {
        let top = self.top();
        let except = NodeKind::Handler(HandlerKind::Except, Phase::Running);
        self.is_on_top(NodeKind::Exception)
            && top.below == 0
            && self.node(top.parent).kind == except
    }
}
