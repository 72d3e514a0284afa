//! The one opcode table, as data.
//!
//! [`for_each_opcode!`](crate::for_each_opcode) hands every row to a macro of the caller. The decoder, the verifier and the
//! disassembler of this crate and both dispatch back-ends of the VM are made from it, so they cannot disagree.

/// Calls `$with! { row row ... }` with one row an opcode (or a run of opcodes that share a handler).
///
/// A row is `[value, count, Variant, NAME, Operand, effect, Flow]`:
///
/// | field | meaning |
/// |---|---|
/// | `value` | first byte value of the opcode |
/// | `count` | how many byte values it spans; above 1 for the runs whose operand is `byte - value` |
/// | `Variant` | the variant of [`Opcode`](crate::opcode::Opcode) |
/// | `NAME` | MicroPython's name, without the `MP_BC_` |
/// | `Operand` | a variant of [`Operand`](crate::opcode::Operand): how the bytes that follow are read |
/// | `effect` | a call of a constructor of [`Effect`](crate::opcode::Effect): slots popped and pushed when control falls through |
/// | `Flow` | a variant of [`Flow`](crate::opcode::Flow): where control goes next |
///
/// More tokens given after the name of the macro are put in front of the rows, within parentheses:
/// `for_each_opcode!(my_macro, state, ip)` calls `my_macro! { (state, ip) row row ... }`.
///
/// Source of the values: MicroPython 1.29, bytecode of `.mpy` version 6.
#[macro_export]
macro_rules! for_each_opcode {
    ($($with:ident)::+ $(, $extra:tt)*) => {
        $($with)::+! { ($($extra),*)
            // Names: the operand is an index into the module's qstr table.
            [0x10, 1, LoadConstString, LOAD_CONST_STRING, Qstr, fixed(0, 1), Next]
            [0x11, 1, LoadName, LOAD_NAME, Qstr, fixed(0, 1), Next]
            [0x12, 1, LoadGlobal, LOAD_GLOBAL, Qstr, fixed(0, 1), Next]
            [0x13, 1, LoadAttr, LOAD_ATTR, Qstr, fixed(1, 1), Next]
            [0x14, 1, LoadMethod, LOAD_METHOD, Qstr, fixed(1, 2), Next]
            [0x15, 1, LoadSuperMethod, LOAD_SUPER_METHOD, Qstr, fixed(3, 2), Next]
            [0x16, 1, StoreName, STORE_NAME, Qstr, fixed(1, 0), Next]
            [0x17, 1, StoreGlobal, STORE_GLOBAL, Qstr, fixed(1, 0), Next]
            [0x18, 1, StoreAttr, STORE_ATTR, Qstr, fixed(2, 0), Next]
            [0x19, 1, DeleteName, DELETE_NAME, Qstr, fixed(0, 0), Next]
            [0x1a, 1, DeleteGlobal, DELETE_GLOBAL, Qstr, fixed(0, 0), Next]
            [0x1b, 1, ImportName, IMPORT_NAME, Qstr, fixed(2, 1), Next]
            [0x1c, 1, ImportFrom, IMPORT_FROM, Qstr, fixed(1, 2), Next]
            // Counts, locals and indices into the constant and child tables.
            [0x20, 1, MakeClosure, MAKE_CLOSURE, ChildExtra, closure(0), Next]
            [0x21, 1, MakeClosureDefargs, MAKE_CLOSURE_DEFARGS, ChildExtra, closure(2), Next]
            [0x22, 1, LoadConstSmallInt, LOAD_CONST_SMALL_INT, SmallInt, fixed(0, 1), Next]
            [0x23, 1, LoadConstObj, LOAD_CONST_OBJ, Const, fixed(0, 1), Next]
            [0x24, 1, LoadFastN, LOAD_FAST_N, Local, fixed(0, 1), Next]
            [0x25, 1, LoadDeref, LOAD_DEREF, Local, fixed(0, 1), Next]
            [0x26, 1, StoreFastN, STORE_FAST_N, Local, fixed(1, 0), Next]
            [0x27, 1, StoreDeref, STORE_DEREF, Local, fixed(1, 0), Next]
            [0x28, 1, DeleteFast, DELETE_FAST, Local, fixed(0, 0), Next]
            [0x29, 1, DeleteDeref, DELETE_DEREF, Local, fixed(0, 0), Next]
            [0x2a, 1, BuildTuple, BUILD_TUPLE, Uint, build(), Next]
            [0x2b, 1, BuildList, BUILD_LIST, Uint, build(), Next]
            [0x2c, 1, BuildMap, BUILD_MAP, Uint, fixed(0, 1), Next]
            [0x2d, 1, BuildSet, BUILD_SET, Uint, build(), Next]
            [0x2e, 1, BuildSlice, BUILD_SLICE, Uint, build(), Next]
            [0x2f, 1, StoreComp, STORE_COMP, Uint, store_comp(), Next]
            [0x30, 1, UnpackSequence, UNPACK_SEQUENCE, Uint, unpack(), Next]
            [0x31, 1, UnpackEx, UNPACK_EX, Uint, unpack_ex(), Next]
            [0x32, 1, MakeFunction, MAKE_FUNCTION, Child, fixed(0, 1), Next]
            [0x33, 1, MakeFunctionDefargs, MAKE_FUNCTION_DEFARGS, Child, fixed(2, 1), Next]
            [0x34, 1, CallFunction, CALL_FUNCTION, Uint, call(1), Next]
            [0x35, 1, CallFunctionVarKw, CALL_FUNCTION_VAR_KW, Uint, call(2), Next]
            [0x36, 1, CallMethod, CALL_METHOD, Uint, call(2), Next]
            [0x37, 1, CallMethodVarKw, CALL_METHOD_VAR_KW, Uint, call(3), Next]
            // Jumps: one or two bytes of offset.
            [0x40, 1, UnwindJump, UNWIND_JUMP, SignedLabelExtra, fixed(0, 0), UnwindJump]
            [0x42, 1, Jump, JUMP, SignedLabel, fixed(0, 0), Jump]
            [0x43, 1, PopJumpIfTrue, POP_JUMP_IF_TRUE, SignedLabel, fixed(1, 0), Branch]
            [0x44, 1, PopJumpIfFalse, POP_JUMP_IF_FALSE, SignedLabel, fixed(1, 0), Branch]
            [0x45, 1, JumpIfTrueOrPop, JUMP_IF_TRUE_OR_POP, Label, fixed(1, 0), BranchOrPop]
            [0x46, 1, JumpIfFalseOrPop, JUMP_IF_FALSE_OR_POP, Label, fixed(1, 0), BranchOrPop]
            [0x47, 1, SetupWith, SETUP_WITH, Label, fixed(1, 3), Setup]
            [0x48, 1, SetupExcept, SETUP_EXCEPT, Label, fixed(0, 0), Setup]
            [0x49, 1, SetupFinally, SETUP_FINALLY, Label, fixed(0, 0), Setup]
            [0x4a, 1, PopExceptJump, POP_EXCEPT_JUMP, Label, fixed(0, 0), PopExceptJump]
            [0x4b, 1, ForIter, FOR_ITER, Label, fixed(4, 5), ForIter]
            // One byte, no operand.
            [0x50, 1, LoadConstFalse, LOAD_CONST_FALSE, None, fixed(0, 1), Next]
            [0x51, 1, LoadConstNone, LOAD_CONST_NONE, None, fixed(0, 1), Next]
            [0x52, 1, LoadConstTrue, LOAD_CONST_TRUE, None, fixed(0, 1), Next]
            [0x53, 1, LoadNull, LOAD_NULL, None, fixed(0, 1), Next]
            [0x54, 1, LoadBuildClass, LOAD_BUILD_CLASS, None, fixed(0, 1), Next]
            [0x55, 1, LoadSubscr, LOAD_SUBSCR, None, fixed(2, 1), Next]
            [0x56, 1, StoreSubscr, STORE_SUBSCR, None, fixed(3, 0), Next]
            [0x57, 1, DupTop, DUP_TOP, None, fixed(1, 2), Next]
            [0x58, 1, DupTopTwo, DUP_TOP_TWO, None, fixed(2, 4), Next]
            [0x59, 1, PopTop, POP_TOP, None, fixed(1, 0), Next]
            [0x5a, 1, RotTwo, ROT_TWO, None, fixed(2, 2), Next]
            [0x5b, 1, RotThree, ROT_THREE, None, fixed(3, 3), Next]
            [0x5c, 1, WithCleanup, WITH_CLEANUP, None, fixed(3, 1), Next]
            [0x5d, 1, EndFinally, END_FINALLY, None, fixed(1, 0), EndFinally]
            [0x5e, 1, GetIter, GET_ITER, None, fixed(1, 1), Next]
            [0x5f, 1, GetIterStack, GET_ITER_STACK, None, fixed(1, 4), Next]
            [0x62, 1, StoreMap, STORE_MAP, None, fixed(3, 1), Next]
            [0x63, 1, ReturnValue, RETURN_VALUE, None, fixed(1, 0), Return]
            [0x64, 1, RaiseLast, RAISE_LAST, None, fixed(0, 0), Raise]
            [0x65, 1, RaiseObj, RAISE_OBJ, None, fixed(1, 0), Raise]
            [0x66, 1, RaiseFrom, RAISE_FROM, None, fixed(2, 0), Raise]
            [0x67, 1, YieldValue, YIELD_VALUE, None, fixed(1, 1), Yield]
            [0x68, 1, YieldFrom, YIELD_FROM, None, fixed(2, 1), Yield]
            [0x69, 1, ImportStar, IMPORT_STAR, None, fixed(1, 0), Next]
            // Runs of one-byte opcodes: the operand is the distance from the first of the run.
            [0x70, 64, LoadConstSmallIntMulti, LOAD_CONST_SMALL_INT_MULTI, MultiSmallInt, fixed(0, 1), Next]
            [0xb0, 16, LoadFastMulti, LOAD_FAST_MULTI, MultiLocal, fixed(0, 1), Next]
            [0xc0, 16, StoreFastMulti, STORE_FAST_MULTI, MultiLocal, fixed(1, 0), Next]
            [0xd0, 4, UnaryOpMulti, UNARY_OP_MULTI, MultiOperator, fixed(1, 1), Next]
            [0xd7, 35, BinaryOpMulti, BINARY_OP_MULTI, MultiOperator, fixed(2, 1), Next]
        }
    };
}

/// Calls `$with! { row row ... }` with one row a unary operator: `[distance from 0xd0, Variant, NAME, "symbol"]`.
#[macro_export]
macro_rules! for_each_unary_op {
    ($($with:ident)::+ $(, $extra:tt)*) => {
        $($with)::+! { ($($extra),*)
            [0, Positive, POSITIVE, "+"]
            [1, Negative, NEGATIVE, "-"]
            [2, Invert, INVERT, "~"]
            [3, Not, NOT, "not"]
        }
    };
}

/// Calls `$with! { row row ... }` with one row a binary operator: `[distance from 0xd7, Variant, NAME, "symbol"]`.
#[macro_export]
macro_rules! for_each_binary_op {
    ($($with:ident)::+ $(, $extra:tt)*) => {
        $($with)::+! { ($($extra),*)
            [0, Less, LESS, "<"]
            [1, More, MORE, ">"]
            [2, Equal, EQUAL, "=="]
            [3, LessEqual, LESS_EQUAL, "<="]
            [4, MoreEqual, MORE_EQUAL, ">="]
            [5, NotEqual, NOT_EQUAL, "!="]
            [6, In, IN, "in"]
            [7, Is, IS, "is"]
            [8, ExceptionMatch, EXCEPTION_MATCH, "exception match"]
            [9, InplaceOr, INPLACE_OR, "|="]
            [10, InplaceXor, INPLACE_XOR, "^="]
            [11, InplaceAnd, INPLACE_AND, "&="]
            [12, InplaceLshift, INPLACE_LSHIFT, "<<="]
            [13, InplaceRshift, INPLACE_RSHIFT, ">>="]
            [14, InplaceAdd, INPLACE_ADD, "+="]
            [15, InplaceSubtract, INPLACE_SUBTRACT, "-="]
            [16, InplaceMultiply, INPLACE_MULTIPLY, "*="]
            [17, InplaceMatMultiply, INPLACE_MAT_MULTIPLY, "@="]
            [18, InplaceFloorDivide, INPLACE_FLOOR_DIVIDE, "//="]
            [19, InplaceTrueDivide, INPLACE_TRUE_DIVIDE, "/="]
            [20, InplaceModulo, INPLACE_MODULO, "%="]
            [21, InplacePower, INPLACE_POWER, "**="]
            [22, Or, OR, "|"]
            [23, Xor, XOR, "^"]
            [24, And, AND, "&"]
            [25, Lshift, LSHIFT, "<<"]
            [26, Rshift, RSHIFT, ">>"]
            [27, Add, ADD, "+"]
            [28, Subtract, SUBTRACT, "-"]
            [29, Multiply, MULTIPLY, "*"]
            [30, MatMultiply, MAT_MULTIPLY, "@"]
            [31, FloorDivide, FLOOR_DIVIDE, "//"]
            [32, TrueDivide, TRUE_DIVIDE, "/"]
            [33, Modulo, MODULO, "%"]
            [34, Power, POWER, "**"]
        }
    };
}
