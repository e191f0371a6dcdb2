/** The code blocks of a page as programs: each is compiled as strict TypeScript, and run. For Node alone. */
import { execFileSync } from 'node:child_process';
import ts from 'typescript';
import * as assert from 'uvu/assert';
import { codeBlocks, compile, compilerOptions, read, root } from './code-blocks.js';

export const blocksOf = (pages) =>
  pages.flatMap((page) => codeBlocks(read(page)).map((block, i) => ({ name: `${page}, block ${i + 1}`, ...block })));

export const isForVite = ({ code }) => code.includes('?url');

export const programsOf = (pages) => blocksOf(pages).filter((block) => block.language === 'js' && !isForVite(block));

/**
 * The code around a snippet without imports: it has what the snippet takes for granted, and what the test looks at
 * afterwards.
 */
const context = `
import * as tf from '@tensorflow/tfjs';
import { adamW, fused, lerp, Lookahead, lookahead, LookaheadOptimizer } from 'tfjs-lookahead';

let saved: tf.io.ModelArtifacts | undefined;
const url: tf.io.IOHandler = {
  async save(artifacts) {
    saved = artifacts;
    return { modelArtifactsInfo: { dateSaved: new Date(), modelTopologyType: 'JSON' } };
  },
  load: async () => saved as tf.io.ModelArtifacts,
};
const x = tf.tensor2d([[0, 0], [0, 1], [1, 0], [1, 1]]);
const y = tf.tensor2d([[0], [1], [1], [2]]);
const [xVal, yVal] = [x, y];
const model = tf.sequential({ layers: [tf.layers.dense({ units: 1, inputShape: [2] })] });
const pretrained = model.getWeights();
{
  const optimizer = lookahead(tf.train.adam(0.1));
  model.compile({ optimizer, loss: 'meanSquaredError' });
}
const optimizer = model.optimizer as LookaheadOptimizer;
await model.fit(x, y, { verbose: 0 });
`;
const report = `
console.log('saved', saved !== undefined);`;

/** A complete program as it stands; another block in a function of its own, which may name things as the context does. */
const programOf = ({ code }) => (/^import /m.test(code) ? code : `${context}{\n${code}}\n${report}`);

function run(program) {
  const { outputText } = ts.transpileModule(program, {
    compilerOptions: { ...compilerOptions, module: ts.ModuleKind.ESNext },
  });
  const args = ['--input-type=module', '--eval', outputText];
  return execFileSync(process.execPath, args, { cwd: root, encoding: 'utf8', stdio: 'pipe' });
}

/** Adds a test for each of the blocks, which are in JavaScript. */
export function testPrograms(test, blocks) {
  test('every program compiles as strict TypeScript', () => {
    assert.ok(blocks.length > 2);
    for (const program of blocks.map(programOf)) assert.equal(compile(program), [], program);
  });

  for (const block of blocks) {
    const [title] = block.code.split('\n').filter((line) => line && !/^(import|const) /.test(line));
    test(`${block.name}: ${title ?? 'constants'}`, () => {
      const { code } = block;
      const startsWasm = /^await tf\.setBackend\('wasm'\)/m.test(code);
      const output = run(programOf(block) + (startsWasm ? "\nconsole.log('started', tf.getBackend());" : ''));
      for (const [, , expected] of code.matchAll(/(console\.log\(.*\)|print\(\));(?: \/\/ (.*))?$/gm)) {
        assert.match(output.replaceAll(/\s+/g, ' '), expected ?? 'Tensor');
      }
      if (/\.save\(/.test(code)) assert.match(output, 'saved true');
      if (startsWasm) assert.match(output, 'started wasm');
    });
  }
}
