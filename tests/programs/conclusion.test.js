/** The two sentences at the end of `npm start`, whatever has come out. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { concludeLookahead, concludeSpeed, noDifference } from '../../examples/language-model/conclusion.js';

const [less, more] = [0.999, 1.001].map((factor) => factor * noDifference);

const run = (loss, stepMilliseconds = 20, steps = 100) => ({ loss, stepMilliseconds, steps });
/** A part of the sentence about the speed. */
const part = (i, plain, faster, differsAt = null) => concludeSpeed({ plain, faster, differsAt }).split(/[,;] /)[i];
const speed = (...args) => part(0, ...args);
const bits = (...args) => part(1, ...args);
const outcome = (plain, faster) => part(2, run(plain, 20, 30), run(faster));
const beyond = (adam, lookahead) => concludeLookahead({ adam, lookahead });

const test = suite('conclusion');

test('one sentence about the speed', () => {
  assert.is(
    concludeSpeed({ plain: run(2.509, 280.94, 46), faster: run(1.984, 85.56, 138), differsAt: null }),
    'With the kernels and the fused step Adam is 3.3 times as fast (a step takes 85.6 ms instead of 280.9), ' +
      'with the same bits in the losses of the 46 steps that both have taken; ' +
      'after as much time its loss is 0.525 lower (1.984 against 2.509).',
  );
});

test('faster, or not', () => {
  assert.match(speed(run(2, 30), run(2, 20)), /^With the kernels and the fused step Adam is 1\.5 times as fast/);
  for (const plain of [20.5, 20, 10]) {
    assert.match(speed(run(2, plain), run(2, 20)), /^The kernels and the fused step have not made Adam faster here/);
  }
});

test('the same bits, or from which step on others', () => {
  assert.match(bits(run(2, 20, 7), run(2, 20, 9)), 'the losses of the 7 steps');
  assert.match(bits(run(2, 20, 9), run(2, 20, 7)), 'the losses of the 7 steps');
  assert.match(bits(run(2), run(2), 5), 'but from step 5 on its losses have other bits');
});

test('a lower loss, a higher one, or level, after as much time', () => {
  assert.is(outcome(2, 1.5), 'after as much time its loss is 0.500 lower (1.500 against 2.000).');
  assert.is(outcome(2, 2.5), 'after as much time its loss is 0.500 higher (2.500 against 2.000).');
  assert.match(outcome(2, 2 + less), 'both are level');
  assert.match(outcome(2, 2 - less), 'both are level');
  assert.match(outcome(2, 2 + more), 'higher');
  assert.match(outcome(2, 2 - more), 'lower');
  assert.is(part(2, run(2), run(2)), 'after as many steps both are level (2.000 against 2.000).');
});

test('a run that diverged has no loss to compare', () => {
  assert.is(outcome(null, null), 'both diverge at this learning rate.');
  assert.is(outcome(null, 2), 'without them it diverges.');
  assert.is(outcome(2, null), 'with them it diverges.');
  assert.is(beyond(null, null), 'Lookahead, at twice the learning rate and as fast, diverges as well.');
  assert.is(beyond(null, 2), 'Lookahead, at twice the learning rate and as fast, does not diverge (2.000).');
  assert.match(beyond(2, null), /, diverges, and Adam alone does not \(2\.000\)\.$/);
});

test('one sentence about Lookahead: ahead, behind, level', () => {
  const sentence = 'Lookahead, at twice the learning rate and as fast, is';
  assert.is(beyond(2.5, 2), `${sentence} ahead by another 0.500 (2.000 against 2.500).`);
  assert.is(beyond(2, 2.5), `${sentence} behind by 0.500 (2.500 against 2.000).`);
  assert.is(beyond(2, 2), `${sentence} level with that (2.000 against 2.000).`);
  assert.match(beyond(2, 2 + less), 'level');
  assert.match(beyond(2 + less, 2), 'level');
  assert.match(beyond(2, 2 + more), 'behind');
  assert.match(beyond(2 + more, 2), 'ahead');
});

test.run();
