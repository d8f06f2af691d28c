//! The terminal guard: what is switched on at the start is switched off at every end, a panic's too.

use crossterm::event::{DisableBracketedPaste, EnableBracketedPaste};
use crossterm::terminal::{
    BeginSynchronizedUpdate, EndSynchronizedUpdate, EnterAlternateScreen, LeaveAlternateScreen,
    disable_raw_mode, enable_raw_mode,
};
use crossterm::{cursor, execute};
use ratatui::Terminal;
use ratatui::backend::CrosstermBackend;
use std::io::{self, BufWriter, IsTerminal, Stdout, Write};
use std::sync::Arc;
use tokio::sync::Notify;

/// The terminal while the screens are shown. Dropping it gives the person's terminal back as it was.
pub(crate) struct Screen {
    terminal: Terminal<CrosstermBackend<BufWriter<Stdout>>>,
}

impl Screen {
    /// Takes the terminal over. `panicked` is told when some task panics, after the terminal was given back.
    pub(crate) fn enter(panicked: Arc<Notify>) -> io::Result<Self> {
        if !io::stdout().is_terminal() || !io::stdin().is_terminal() {
            return Err(io::Error::new(
                io::ErrorKind::Unsupported,
                "this is not a terminal",
            ));
        }
        let before = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |panic| {
            restore();
            before(panic);
            panicked.notify_one();
        }));
        let terminal = Terminal::new(CrosstermBackend::new(BufWriter::with_capacity(
            1 << 16,
            io::stdout(),
        )))?;
        let screen = Self { terminal };
        take()?;
        Ok(screen)
    }

    /// Draws a frame as one update, so that no half of it is ever seen. Answers with the body's height in rows.
    pub(crate) fn draw(&mut self, app: &super::app::App) -> io::Result<usize> {
        execute!(self.terminal.backend_mut(), BeginSynchronizedUpdate)?;
        let drawn = self.terminal.draw(|frame| super::view::draw(frame, app));
        let height = drawn.map(|frame| usize::from(frame.area.height).saturating_sub(4));
        execute!(self.terminal.backend_mut(), EndSynchronizedUpdate)?;
        height
    }

    /// Gives the terminal back, stops the process until it is continued, and takes the terminal again.
    #[cfg(unix)]
    pub(crate) fn suspend(&mut self) -> io::Result<()> {
        restore();
        rustix::process::kill_process(rustix::process::getpid(), rustix::process::Signal::TSTP)?;
        take()?;
        self.terminal.clear()
    }

    /// There is no background to go to.
    #[cfg(not(unix))]
    pub(crate) fn suspend(&mut self) -> io::Result<()> {
        self.terminal.clear()
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        restore();
        // The hook that was there before is not worth keeping: the process ends.
        drop(std::panic::take_hook());
    }
}

fn take() -> io::Result<()> {
    enable_raw_mode()?;
    execute!(
        io::stdout(),
        EnterAlternateScreen,
        EnableBracketedPaste,
        cursor::Hide
    )
}

/// Gives the terminal back. A terminal that is gone needs nothing any more, so that errors say nothing.
fn restore() {
    let _ = execute!(
        io::stdout(),
        EndSynchronizedUpdate,
        DisableBracketedPaste,
        LeaveAlternateScreen,
        cursor::Show
    );
    let _ = disable_raw_mode();
    let _ = io::stdout().flush();
}
