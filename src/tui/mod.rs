//! The terminal: guard, input, command registry, keymap, theme, screens and widgets.
