//! Rows of answers in which every pair of answers to different subjects occurs.

/// How many rows are thought of for each that is taken.
const CANDIDATES: usize = 40;

/// Rows in which every pair occurs, at least `least` of them. Once all pairs have occurred they are wanted again, so that
/// the rows beyond the first covering differ from it as much as they can. A row has an answer for each subject, of which
/// `sizes` says how many answers it has.
pub fn rows(sizes: &[usize], least: usize) -> Vec<Vec<usize>> {
    let mut random = Random(0x9e37_79b9_7f4a_7c15);
    let mut wanted = Wanted::all(sizes);
    let mut rows = Vec::new();
    let mut covered = false;
    while !covered || rows.len() < least {
        let candidates = (0..CANDIDATES).map(|_| {
            let mut row: Vec<usize> = sizes.iter().map(|&size| random.below(size)).collect();
            // A pair that is still wanted makes sure that each row helps.
            if let Some([(subject, answer), (other, its)]) = wanted.first() {
                row[subject] = answer;
                row[other] = its;
            }
            row
        });
        if let Some(row) = candidates.max_by_key(|row| wanted.count(row)) {
            wanted.take(&row);
            rows.push(row);
        }
        if wanted.left == 0 {
            covered = true;
            wanted = Wanted::all(sizes);
        }
    }
    rows
}

type Pair = [(usize, usize); 2];

/// The pairs that have not occurred yet.
struct Wanted {
    /// Where each subject's answers begin among all answers.
    first_of: Vec<usize>,
    answers: usize,
    /// Whether two answers are wanted together, the one of the earlier subject first.
    together: Vec<bool>,
    pairs: Vec<Pair>,
    left: usize,
}

impl Wanted {
    fn all(sizes: &[usize]) -> Self {
        let mut pairs: Vec<Pair> = Vec::new();
        for first in 0..sizes.len() {
            for second in first + 1..sizes.len() {
                for answer in 0..sizes[first] {
                    pairs.extend((0..sizes[second]).map(|other| [(first, answer), (second, other)]));
                }
            }
        }
        let mut first_of = Vec::new();
        let mut answers = 0;
        for size in sizes {
            first_of.push(answers);
            answers += size;
        }
        Self {
            first_of,
            answers,
            together: vec![true; answers * answers],
            left: pairs.len(),
            pairs,
        }
    }

    fn index(&self, [(subject, answer), (other, its)]: Pair) -> usize {
        (self.first_of[subject] + answer) * self.answers + self.first_of[other] + its
    }

    fn first(&self) -> Option<Pair> {
        self.pairs
            .iter()
            .copied()
            .find(|pair| self.together[self.index(*pair)])
    }

    /// The wanted pairs of a row.
    fn of<'a>(&'a self, row: &'a [usize]) -> impl Iterator<Item = usize> + 'a {
        (0..row.len())
            .flat_map(move |first| {
                (first + 1..row.len()).map(move |second| [(first, row[first]), (second, row[second])])
            })
            .map(|pair| self.index(pair))
            .filter(|index| self.together[*index])
    }

    fn count(&self, row: &[usize]) -> usize {
        self.of(row).count()
    }

    fn take(&mut self, row: &[usize]) {
        let taken: Vec<usize> = self.of(row).collect();
        self.left -= taken.len();
        for index in taken {
            self.together[index] = false;
        }
    }
}

/// A xorshift generator: the rows must be the same everywhere.
struct Random(u64);

impl Random {
    fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % bound as u64).unwrap_or_default()
    }
}
