//! The terminal: guard, input, command registry, keymap, theme, screens and widgets.
//!
//! It draws the wizard's state and turns keys into its events. It performs no effect of the wizard: the runtime does.

pub mod app;
pub mod command;
pub mod diff;
pub mod key;
pub mod log_line;
mod run;
pub mod screens;
mod terminal;
pub mod text;
pub mod theme;
mod values_yaml;
pub mod view;
pub mod widgets;

pub use run::run;

#[cfg(test)]
mod tests;
