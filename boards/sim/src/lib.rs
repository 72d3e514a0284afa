//! NOR flash simulator.
