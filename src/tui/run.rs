//! The loop: events in, effects out, a frame whenever something changed and never otherwise.

use super::app::{Action, App};
use super::key::Key;
use super::terminal::Screen;
use super::theme::Theme;
use crate::runtime::wizard::Driver;
use crate::wizard::{Event, State, start};
use crate::{Error, ErrorKind, Result};
use crossterm::event::{Event as TerminalEvent, EventStream, KeyEventKind};
use futures::StreamExt;
use std::collections::VecDeque;
use std::io;
use std::sync::Arc;
use std::task::Poll;
use std::time::{Duration, Instant};
use tokio::sync::Notify;

/// What the loop waits for.
enum Woken {
    Terminal(Option<io::Result<TerminalEvent>>),
    Driver(Option<Event>),
    Tick,
    Asked,
    Panicked,
}

/// Shows the wizard until the person leaves. The terminal is as before when this returns.
pub async fn run(state: State, driver: Driver) -> Result<()> {
    let panicked = Arc::new(Notify::new());
    let screen = Screen::enter(Arc::clone(&panicked)).map_err(|error| {
        Error::new(ErrorKind::Usage, "the wizard needs a terminal")
            .hint("`mesh-tui --help` lists the commands that work without one")
            .caused_by(error)
    })?;
    let mut session = Session {
        app: App::new(state, Theme::from_environment()),
        driver,
        screen,
        started: Instant::now(),
        leaving: Leaving::No,
    };
    session.begin();
    session.until_the_end(&panicked).await
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Leaving {
    No,
    /// As soon as the rollout has finished its record.
    AfterTheRecord,
    Now,
}

struct Session {
    app: App,
    driver: Driver,
    screen: Screen,
    started: Instant,
    leaving: Leaving,
}

impl Session {
    fn begin(&mut self) {
        let effects = start(&mut self.app.wizard);
        self.perform(effects.into_iter().map(Action::Perform).collect());
    }

    async fn until_the_end(&mut self, panicked: &Notify) -> Result<()> {
        let mut terminal = EventStream::new();
        let mut changed = true;
        let mut asked = std::pin::pin!(asked_to_end());
        while self.leaving != Leaving::Now {
            if std::mem::take(&mut changed) {
                self.app.page = self.screen.draw(&self.app).map_err(lost)?;
            }
            let tick = tokio::time::sleep(self.next_tick());
            let woken = tokio::select! {
                biased;
                () = panicked.notified() => Woken::Panicked,
                event = terminal.next() => Woken::Terminal(event),
                event = self.driver.next() => Woken::Driver(event),
                () = &mut asked, if self.leaving == Leaving::No => Woken::Asked,
                () = tick, if self.app.wizard.is_waiting() => Woken::Tick,
            };
            changed |= self.take(woken)?;
            // What has queued up in the meantime comes before the next frame. Polled with this task's own waker: the
            // stream of the terminal keeps the first waker that it is given.
            while let Poll::Ready(event) = futures::poll!(terminal.next()) {
                changed |= self.take(Woken::Terminal(event))?;
            }
            loop {
                let answered = {
                    let mut next = std::pin::pin!(self.driver.next());
                    futures::poll!(&mut next)
                };
                let Poll::Ready(event) = answered else { break };
                changed |= self.take(Woken::Driver(event))?;
            }
            if self.leaving == Leaving::AfterTheRecord && !self.app.wizard.is_rolling() {
                self.leaving = Leaving::Now;
            }
        }
        Ok(())
    }

    /// Until the next whole second on the wizard's clock.
    fn next_tick(&self) -> Duration {
        let next = Duration::from_secs(self.app.wizard.now + 1);
        next.saturating_sub(self.started.elapsed())
    }

    /// Takes what happened; true when something may look different now.
    fn take(&mut self, woken: Woken) -> Result<bool> {
        let now = self.started.elapsed().as_secs();
        if now != self.app.wizard.now {
            self.app.wizard_event(Event::Tick(now));
        }
        let actions = match woken {
            Woken::Terminal(Some(event)) => match self.terminal_event(event.map_err(lost)?) {
                Some(actions) => actions,
                None => return Ok(false),
            },
            Woken::Driver(Some(event)) => self.app.wizard_event(event),
            Woken::Tick => Vec::new(),
            Woken::Asked => vec![Action::Quit],
            Woken::Terminal(None) => return Err(lost(io::Error::from(io::ErrorKind::UnexpectedEof))),
            Woken::Driver(None) | Woken::Panicked => {
                return Err(Error::new(ErrorKind::Bug, "a part of mesh-tui has failed")
                    .hint("what was done in the cluster is recorded; start mesh-tui again to go on"));
            }
        };
        self.perform(actions);
        Ok(true)
    }

    fn terminal_event(&mut self, event: TerminalEvent) -> Option<Vec<Action>> {
        match event {
            TerminalEvent::Key(key) if key.kind != KeyEventKind::Release => {
                Some(self.app.key(Key::from_event(&key)))
            }
            TerminalEvent::Paste(text) => Some(self.app.paste(&text)),
            TerminalEvent::Resize(..) => Some(Vec::new()),
            _ => None,
        }
    }

    /// Performs actions, and what follows from effects that are answered within the frame.
    fn perform(&mut self, actions: Vec<Action>) {
        let mut queue = VecDeque::from(actions);
        while let Some(action) = queue.pop_front() {
            match action {
                Action::Perform(effect) => {
                    if let Some(event) = self.driver.perform(effect) {
                        queue.extend(self.app.wizard_event(event));
                    }
                }
                Action::Suspend => {
                    // A terminal that cannot be taken back shows at the next frame.
                    let _ = self.screen.suspend();
                }
                Action::Quit => self.leave(),
            }
        }
    }

    /// Leaves: at once, or where a rollout runs, once its record is complete. A second wish to leave does not wait.
    fn leave(&mut self) {
        if self.app.wizard.is_rolling() && self.leaving == Leaving::No {
            self.driver.finish_record();
            self.leaving = Leaving::AfterTheRecord;
        } else {
            self.leaving = Leaving::Now;
        }
    }
}

fn lost(error: io::Error) -> Error {
    Error::new(ErrorKind::Interrupted, "the terminal is gone").caused_by(error)
}

/// Waits until the process is asked to end by whoever started it.
async fn asked_to_end() {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        if let (Ok(mut terminate), Ok(mut hang_up)) =
            (signal(SignalKind::terminate()), signal(SignalKind::hangup()))
        {
            tokio::select! {
                _ = terminate.recv() => {}
                _ = hang_up.recv() => {}
            }
            return;
        }
    }
    std::future::pending::<()>().await;
}
