import { type Optimizer, serialization } from '@tensorflow/tfjs-core';
import { describe } from '../checks.js';
import type { Clipping } from '../clip.js';
import type { LookaheadConfig } from '../lookahead.js';
import type { PullbackMomentum } from './momentum.js';
import type { NonFinite } from './non-finite.js';

/**
 * The settings of {@link lookahead} and {@link LookaheadOptimizer}.
 *
 * @example
 * const config: LookaheadOptimizerConfig = { k: 10, alpha: 0.8, pullbackMomentum: 'reset' };
 */
export interface LookaheadOptimizerConfig extends LookaheadConfig, Clipping {
  /**
   * What becomes of the inner optimizer's momentum at a merge (the authors' name and meaning). Default 'none'.
   *
   * - 'none': it is kept.
   * - 'reset': it is set back to zero, its initial state.
   * - 'pullback': it is merged as the weights are, `m = cached + alpha * (m - cached)`, where `cached` is its value
   *   after the last merge, and zero before the first.
   *
   * The momentum is the accumulation of Momentum, the first moment of Adam and Adamax (the second moment and the
   * infinity norm are kept), and the accumulated moments of an RMSProp with a momentum. The bias correction of Adam
   * and Adamax goes on counting. After a reset late in training their first steps are short, since m restarts at zero
   * uncorrected.
   */
  pullbackMomentum?: PullbackMomentum;
  /**
   * What becomes of a merge where a fast weight is NaN or infinite, or becomes so in the slow one by a step of the outer
   * optimizer, which is then taken back. Default 'propagate'.
   *
   * - 'propagate': it is merged, as tfjs computes it.
   * - 'throw': the step throws, naming the variable; nothing is merged, so {@link LookaheadOptimizer.withSlowWeights}
   *   still gives the last weights that were good.
   * - 'restore': the fast weights go back to the slow ones, and the inner optimizer, which has to be one of tfjs's own,
   *   starts with an empty state. After ten cycles in a row that end so, the step throws.
   *
   * 'throw' and 'restore' look at every weight before a merge. They cannot do that on webgpu, where each step throws.
   */
  nonFinite?: NonFinite;
}

/** What `getConfig()` gives of an optimizer in it. */
interface SavedOptimizer {
  className: string;
  config: serialization.ConfigDict;
}

export function savedOptimizer(optimizer: Optimizer): serialization.ConfigDict {
  return { className: optimizer.getClassName(), config: optimizer.getConfig() } satisfies SavedOptimizer;
}

type ClassEntry = (typeof serialization.SerializationMap.prototype.classNameMap)[string];

/**
 * Makes what a config describes: an object of a class of Lookahead, and its inner optimizer.
 *
 * @throws Error if there is no inner optimizer in the config, if its class is not registered, or as the constructor
 * does.
 */
export function fromConfig<T extends serialization.Serializable>(
  cls: serialization.SerializableConstructor<T>,
  config: serialization.ConfigDict,
): T {
  // tfjs-layers adds `customObjects` when it loads a model; JSON knows no Infinity, and makes it null.
  const { inner, outer, customObjects, k, ...others } = config;
  const made: Optimizer[] = [];
  const make = (name: string, saved: unknown) => {
    const optimizer = optimizerFromConfig(name, saved, customObjects as Record<string, ClassEntry> | undefined);
    made.push(optimizer);
    return optimizer;
  };
  try {
    return new cls(make('inner', inner), {
      ...others,
      ...(k !== undefined && { k: k ?? Number.POSITIVE_INFINITY }),
      ...(outer !== undefined && { outer: make('outer', outer) }),
    });
  } catch (error) {
    for (const optimizer of made) optimizer.dispose();
    throw error;
  }
}

function optimizerFromConfig(name: string, saved: unknown, customObjects: Record<string, ClassEntry> = {}): Optimizer {
  const where = 'LookaheadOptimizer.fromConfig';
  const { className, config } = (saved ?? {}) as Partial<SavedOptimizer>;
  if (typeof className !== 'string') {
    throw new Error(
      `${where}: '${name}' is ${describe(saved)}, but must be an object with className and config. ` +
        'Pass what getConfig() returned.',
    );
  }
  // Maps, since a className such as 'constructor' must not find what every object has.
  const entry =
    new Map(Object.entries(customObjects)).get(className) ??
    new Map(Object.entries(serialization.SerializationMap.getMap().classNameMap)).get(className);
  if (!entry) {
    throw new Error(
      `${where}: the class of the ${name} optimizer, '${className}', is unknown. ` +
        'Register it with tf.serialization.registerClass() before loading.',
    );
  }
  const [optimizerClass, fromConfig] = entry;
  return fromConfig(optimizerClass, { ...config, customObjects: customObjects as never }) as unknown as Optimizer;
}
