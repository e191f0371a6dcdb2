/** The sentence at the end of `npm start`, whatever has come out. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { conclude, noDifference } from '../../examples/language-model/conclusion.js';

const at = (lr, adam, lookahead) => ({ lr, adam, lookahead });
/** The outcome at the first rate alone. */
const outcome = (adam, lookahead) => conclude([at(0.02, adam, lookahead), at(0.05, 2, 2)]).split(';')[0];
/** What the higher rate costs. */
const price = (adam, lookahead) => conclude([at(0.02, 2, 2), at(0.05, adam, lookahead)]).split('; ')[2];

const test = suite('conclusion');

test('one sentence about both rates', () => {
  assert.is(
    conclude([at(0.02, 1.892, 1.929), at(0.05, 2.04, 1.925)]),
    'At the learning rate 0.02 Adam and Lookahead are level (1.892 and 1.929); ' +
      'at 0.05 Lookahead is ahead by 0.115 (1.925 against 2.040); ' +
      'the higher rate costs Adam 0.148 and Lookahead nothing.',
  );
  assert.is(
    conclude([at(0.02, 2, 2.5), at(0.05, 1.75, 1.5)]),
    'At the learning rate 0.02 Lookahead is behind by 0.500 (2.500 against 2.000); ' +
      'at 0.05 Lookahead is ahead by 0.250 (1.500 against 1.750); ' +
      'the higher rate gains Adam 0.250 and Lookahead 1.000.',
  );
});

test('ahead, behind, level', () => {
  assert.match(outcome(2.5, 2), /Lookahead is ahead by 0\.500 \(2\.000 against 2\.500\)$/);
  assert.match(outcome(2, 2.5), /Lookahead is behind by 0\.500 \(2\.500 against 2\.000\)$/);
  assert.match(outcome(2, 2), /are level \(2\.000 and 2\.000\)$/);
});

test('level is what differs by less than another seed makes', () => {
  const [less, more] = [0.999, 1.001].map((factor) => factor * noDifference);
  assert.match(outcome(2, 2 + less), 'level');
  assert.match(outcome(2 + less, 2), 'level');
  assert.match(outcome(2, 2 + more), 'behind');
  assert.match(outcome(2 + more, 2), 'ahead');
  assert.match(price(2 + less, 2 + more), /costs Adam nothing and Lookahead 0\.\d+\.$/);
});

test('the higher rate costs, gains or does nothing, for each', () => {
  const changes = { 2.5: 'costs', 2: 'nothing', 1.5: 'gains' };
  const expected = {
    costs: { costs: 'costs Adam 0.500 and Lookahead 0.500', nothing: 'costs Adam 0.500 and Lookahead nothing' },
    nothing: { costs: 'costs Adam nothing and Lookahead 0.500', nothing: 'costs Adam nothing and Lookahead nothing' },
    gains: { gains: 'gains Adam 0.500 and Lookahead 0.500', costs: 'gains Adam 0.500 and costs Lookahead 0.500' },
  };
  expected.costs.gains = 'costs Adam 0.500 and gains Lookahead 0.500';
  expected.nothing.gains = 'costs Adam nothing and gains Lookahead 0.500';
  expected.gains.nothing = 'gains Adam 0.500 and costs Lookahead nothing';
  for (const [adam, first] of Object.entries(changes)) {
    for (const [lookahead, second] of Object.entries(changes)) {
      assert.is(price(Number(adam), Number(lookahead)), `the higher rate ${expected[first][second]}.`);
    }
  }
});

test('a run that diverged has no loss to compare', () => {
  assert.match(outcome(null, 2), /0\.02 Adam diverges, and Lookahead does not \(2\.000\)$/);
  assert.match(outcome(2, null), /0\.02 Lookahead diverges, and Adam alone does not \(2\.000\)$/);
  assert.match(outcome(null, null), /0\.02 Adam diverges, alone and in Lookahead$/);
  assert.is(
    conclude([at(0.02, 2, 2), at(0.05, null, 2)]),
    'At the learning rate 0.02 Adam and Lookahead are level (2.000 and 2.000); ' +
      'at 0.05 Adam diverges, and Lookahead does not (2.000).',
  );
});

test.run();
