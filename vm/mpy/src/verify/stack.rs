//! What the verifier knows of the operand stack and the open exception handlers at one place of the code.
//!
//! A stack is a chain of nodes, the bottom one first. A node stands for slots that not every opcode may see (a NULL, half of a
//! method, an iterator) or for an open handler; between two nodes, and above the last, lie only plain objects, which are
//! counted. So a state is a node and a count, two states are equal when both are, and remembering one takes four bytes.

use crate::error::ErrorKind;
use crate::opcode::ITER_SLOTS;

/// What a node stands for: a number, by which what it means to the stack is looked up.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Debug, Default)]
pub(super) struct NodeKind(u8);

/// Slots that each kind of node takes.
const SLOTS: [u8; 16] = [
    0,
    1,
    1,
    2,
    1,
    2,
    3,
    ITER_SLOTS as u8,
    0,
    0,
    0,
    2,
    2,
    4,
    0,
    2,
];

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
    /// The bottom of the stack.
    const BOTTOM: NodeKind = NodeKind(0);
    /// One slot: NULL.
    const NULL: NodeKind = NodeKind(1);
    /// One slot: the exception that an `except` handler was entered with. May be used as an object.
    const EXCEPTION: NodeKind = NodeKind(2);
    /// Two slots: a method, and the object that it is bound to or NULL.
    pub(super) const METHOD: NodeKind = NodeKind(3);
    /// The last slot of an iterator whose others `POP_TOP` has taken off; two and three of them follow. Nothing but `POP_TOP`
    /// may touch them.
    const ITERATOR_PART: NodeKind = NodeKind(4);
    /// Four slots: an iterator as `GET_ITER_STACK` leaves it.
    pub(super) const ITERATOR: NodeKind = NodeKind(7);
    /// The first of the handlers: each waiting, and then running.
    const HANDLERS: u8 = 8;
    /// No node: a plain object.
    pub(super) const OBJECT: NodeKind = NodeKind(16);

    /// A handler that waits for an exception, or whose code runs.
    pub(super) const fn handler(kind: HandlerKind, phase: Phase) -> NodeKind {
        NodeKind(Self::HANDLERS + 2 * kind as u8 + phase as u8)
    }

    pub(super) fn is_handler(self) -> bool {
        self.0 & Self::HANDLERS != 0
    }

    /// Whether it is a handler of this kind, waiting or running.
    pub(super) fn is(self, kind: HandlerKind) -> bool {
        self.0 & !1 == Self::handler(kind, Phase::Waiting).0
    }

    /// Of a handler: whether its own code runs.
    pub(super) fn is_running(self) -> bool {
        self.0 & 1 != 0
    }

    /// A waiting handler when it runs.
    fn running(self) -> NodeKind {
        NodeKind(self.0 | 1)
    }

    /// Whether it is a handler whose code holds in two slots why it was entered.
    pub(super) fn is_finally(self) -> bool {
        self.is_handler() && self.0 >= Self::handler(HandlerKind::Finally, Phase::Waiting).0
    }

    fn slots(self) -> u32 {
        u32::from(SLOTS[usize::from(self.0 & 15)])
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

impl Node {
    /// Memory for one.
    pub const NEW: Node = Node {
        kind: NodeKind::BOTTOM,
        parent: 0,
        below: 0,
        handler: 0,
        n_handlers: 0,
        depth: 0,
        seen_through: 0,
        entry: 0,
        from: 0,
        until: 0,
    };
}

/// A stack: its topmost node, and how many plain objects lie above that.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct State {
    pub(super) node: u16,
    pub(super) above: u16,
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

/// The stack at the place that is being looked at, in a pool of nodes. What cannot be done to it is noted, the first such
/// thing for good; what is done after that means nothing.
pub(super) struct Stack<'s> {
    refused: Option<ErrorKind>,
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
            refused: None,
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
        self.until = match top.kind.is(HandlerKind::AsyncWith) {
            true => 0,
            false => top.until,
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

    #[inline(never)]
    pub(super) fn refuse(&mut self, kind: ErrorKind) {
        self.refused.get_or_insert(kind);
    }

    /// Whether all that was done to it could be.
    pub(super) fn result(&self) -> Result<(), ErrorKind> {
        self.refused.map_or(Ok(()), Err)
    }

    /// Notes that so many slots above the stack are written, too.
    pub(super) fn reserve(&mut self, slots: u32) {
        let depth = self.depth() + slots;
        if depth > self.depth_limit {
            self.refuse(ErrorKind::Overflow(depth));
        }
        self.max_depth = self.max_depth.max(depth);
    }

    pub(super) fn push_objects(&mut self, count: u32) {
        let above = u32::from(self.state.above).saturating_add(count);
        match u16::try_from(above) {
            Ok(above) => {
                self.state.above = above;
                self.reserve(0);
            }
            Err(_) => self.refuse(ErrorKind::Overflow(above)),
        }
    }

    /// Pushes what [`on_top`](Self::on_top) has named.
    fn push(&mut self, kind: NodeKind) {
        match kind {
            NodeKind::OBJECT => self.push_objects(1),
            kind => self.push_node(kind),
        }
    }

    pub(super) fn push_node(&mut self, kind: NodeKind) {
        self.push_handler_node(kind, 0)
    }

    fn push_handler_node(&mut self, kind: NodeKind, entry: u32) {
        match self.node_above(kind, entry) {
            Ok(node) => self.put_node(node),
            Err(kind) => self.refuse(kind),
        }
    }

    /// The node that would come on top.
    fn node_above(&self, kind: NodeKind, entry: u32) -> Result<Node, ErrorKind> {
        let parent = *self.top();
        let above = self.state.above;
        let index = self.len as u16;
        let mut node = Node {
            kind,
            parent: self.state.node,
            below: above,
            entry,
            ..parent
        };
        let depth = self.depth() + kind.slots();
        node.depth = u16::try_from(depth).map_err(|_| ErrorKind::Overflow(depth))?;
        if kind.slots() != 0 || parent.kind.slots() != 0 || above != 0 {
            node.seen_through = index;
        }
        if kind.is_handler() {
            node.handler = index;
            node.n_handlers = parent.n_handlers.saturating_add(1);
            if u32::from(node.n_handlers) > self.max_handlers {
                return Err(ErrorKind::TooManyHandlers(node.n_handlers.into()));
            }
            match kind.is_running() {
                false => node.until = parent.until.min(entry),
                true => node.from = parent.from.max(entry),
            }
        }
        Ok(node)
    }

    fn put_node(&mut self, node: Node) {
        // Of `NODES_MAX` nodes at most, each has a number.
        let given = self.nodes.len() as u32;
        let Some(place) = self.nodes.get_mut(self.len) else {
            return self.refuse(ErrorKind::ScratchNodes(given));
        };
        *place = node;
        self.state = State {
            node: self.len as u16,
            above: 0,
        };
        self.len += 1;
        if !cfg!(mpy_format_brief) {
            self.max_nodes = self.max_nodes.max(self.len);
        }
        self.settle();
        self.reserve(0);
    }

    /// Takes the topmost node off, which must have no objects above it, and gives its memory back if nothing names it.
    pub(super) fn pop_node(&mut self) {
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

    /// What the top slot belongs to: a plain object or the topmost node.
    pub(super) fn on_top(&self) -> NodeKind {
        match self.state.above {
            0 => self.top().kind,
            _ => NodeKind::OBJECT,
        }
    }

    /// Takes one slot off that holds a value or NULL.
    pub(super) fn pop(&mut self) {
        if let Some(above) = self.state.above.checked_sub(1) {
            self.state.above = above;
            return;
        }
        match self.top().kind {
            NodeKind::NULL | NodeKind::EXCEPTION => self.pop_node(),
            kind if kind == NodeKind::BOTTOM || kind.is_handler() && !kind.is_running() => {
                self.refuse(ErrorKind::Underflow)
            }
            _ => self.refuse(ErrorKind::SlotKind),
        }
    }

    pub(super) fn pop_object(&mut self) {
        if self.on_top() == NodeKind::NULL {
            self.refuse(ErrorKind::SlotKind);
        }
        self.pop()
    }

    pub(super) fn pop_objects(&mut self, count: u32) {
        let mut left = count;
        while left > 0 && self.refused.is_none() {
            let plain = left.min(self.state.above.into());
            self.state.above -= plain as u16;
            left -= plain;
            if left > 0 {
                self.pop_object();
                left -= 1;
            }
        }
    }

    /// Takes off `count` pairs of which the lower one may be NULL.
    pub(super) fn pop_keyword_pairs(&mut self, count: u32) {
        for _ in 0..count {
            self.pop_object();
            self.pop();
        }
    }

    /// Takes a node of this kind off, with no objects above it.
    pub(super) fn pop_kind(&mut self, kind: NodeKind) {
        match self.on_top() == kind {
            true => self.pop_node(),
            false => self.refuse(ErrorKind::SlotKind),
        }
    }

    /// `POP_TOP`: a value, or one slot of an iterator whose loop is left.
    pub(super) fn pop_top(&mut self) {
        let kind = self.on_top();
        if kind < NodeKind::ITERATOR_PART || kind > NodeKind::ITERATOR {
            return self.pop_object();
        }
        self.pop_node();
        if kind != NodeKind::ITERATOR_PART {
            self.push_node(NodeKind(kind.0 - 1));
        }
    }

    /// `LOAD_NULL`. The third around one object makes an iterator: a NULL says that the object in the next slot is iterated.
    pub(super) fn push_null(&mut self) {
        let third = *self.top();
        let second = *self.node(third.parent);
        self.push_node(NodeKind::NULL);
        let completes = third.kind == NodeKind::NULL && second.kind == NodeKind::NULL;
        if completes && third.below == 1 && self.top().below == 0 {
            self.pop_node();
            self.pop_node();
            self.pop_objects(1);
            self.pop_node();
            self.push_node(NodeKind::ITERATOR);
        }
    }

    /// The slot `index` below the top must hold a value, looking past open handlers.
    pub(super) fn check_object_at(&mut self, index: u32) {
        if let Err(kind) = self.find_object_at(index) {
            self.refuse(kind);
        }
    }

    fn find_object_at(&self, index: u32) -> Result<(), ErrorKind> {
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
                NodeKind::BOTTOM => return Err(ErrorKind::Underflow),
                NodeKind::EXCEPTION if left == 0 => return Ok(()),
                // How many slots it holds is known at run time only.
                kind if kind.is_finally() && kind.is_running() => return Err(ErrorKind::SlotKind),
                kind => kind.slots(),
            };
            left = left.checked_sub(slots).ok_or(ErrorKind::SlotKind)?;
            state = State {
                node: node.parent,
                above: node.below,
            };
        }
    }

    /// The top `count` slots, two or three, turned so that the topmost becomes the lowest of them.
    pub(super) fn rotate(&mut self, count: u16) {
        if !cfg!(mpy_format_small) && self.state.above >= count {
            return;
        }
        let top = self.take();
        let second = self.take();
        let third = (count > 2).then(|| self.take());
        self.push(top);
        if let Some(third) = third {
            self.push(third);
        }
        self.push(second);
    }

    /// Takes one slot off: what it belongs to.
    fn take(&mut self) -> NodeKind {
        let kind = self.on_top();
        self.pop();
        kind
    }

    // Handlers.

    /// Opens a handler; the state that its entry at `entry` is reached with comes back.
    pub(super) fn open_handler(&mut self, kind: HandlerKind, entry: u32) -> State {
        let before = self.state;
        self.push_handler_node(NodeKind::handler(kind, Phase::Running), entry);
        if kind == HandlerKind::Except {
            self.push_node(NodeKind::EXCEPTION);
        }
        let at_entry = self.state;
        self.state = before;
        self.settle();
        self.push_handler_node(NodeKind::handler(kind, Phase::Waiting), entry);
        at_entry
    }

    /// The entry of the topmost node, which is a handler.
    pub(super) fn entry(&self) -> u32 {
        self.top().entry
    }

    /// The innermost open handler, whatever lies above it; the bottom of the stack where there is none.
    pub(super) fn innermost_handler(&self) -> NodeKind {
        self.node(self.top().handler).kind
    }

    /// Whether control may run from a waiting handler's body into its entry: on a stack that is the body's and one `None`.
    pub(super) fn runs_into(&self, entry: State) -> bool {
        let (from, to) = (self.top(), self.node(entry.node));
        const FINALLY: NodeKind = NodeKind::handler(HandlerKind::Finally, Phase::Waiting);
        const WITH: NodeKind = NodeKind::handler(HandlerKind::With, Phase::Waiting);
        let same_kind = matches!(from.kind, FINALLY | WITH) && to.kind == from.kind.running();
        let same_place = (from.parent, from.below, from.entry) == (to.parent, to.below, to.entry);
        same_kind && same_place && self.state.above == 1 && entry.above == 0
    }

    /// `WITH_CLEANUP`: the handler of a `with` gives up its two slots and becomes one of a `finally`.
    pub(super) fn clean_up_with(&mut self) {
        if self.on_top() != NodeKind::handler(HandlerKind::With, Phase::Running) {
            return self.refuse(ErrorKind::Handler);
        }
        let entry = self.entry();
        // The call of `__exit__` takes three arguments, in the slots of the cause and one more.
        self.reserve(1);
        self.pop_node();
        self.push_handler_node(
            NodeKind::handler(HandlerKind::Finally, Phase::Running),
            entry,
        )
    }

    /// The running `except` handler that was entered with the exception on top, if that is all there is above it.
    pub(super) fn is_unhandled_exception(&self) -> bool {
        let top = self.top();
        self.on_top() == NodeKind::EXCEPTION
            && top.below == 0
            && self.node(top.parent).kind == NodeKind::handler(HandlerKind::Except, Phase::Running)
    }
}
