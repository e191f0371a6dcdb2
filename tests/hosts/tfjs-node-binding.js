/**
 * A stand-in for the native part of tfjs-node: it keeps tensors as libtensorflow does, by id and in memory of its own,
 * and computes with the kernels of the `cpu` backend. It has only the few ops that the tests of the suite need.
 */
const types = {
  TF_FLOAT: 1,
  TF_INT32: 3,
  TF_UINT8: 4,
  TF_STRING: 7,
  TF_COMPLEX64: 8,
  TF_INT64: 9,
  TF_BOOL: 10,
  TF_RESOURCE: 20,
};
const attributeTypes = {
  TF_ATTR_STRING: 0,
  TF_ATTR_INT: 1,
  TF_ATTR_FLOAT: 2,
  TF_ATTR_BOOL: 3,
  TF_ATTR_TYPE: 4,
  TF_ATTR_SHAPE: 5,
};

const toDtype = {
  [types.TF_FLOAT]: 'float32',
  [types.TF_INT32]: 'int32',
  [types.TF_INT64]: 'int32',
  [types.TF_BOOL]: 'bool',
};
const fromDtype = { float32: types.TF_FLOAT, int32: types.TF_INT32, bool: types.TF_BOOL };

/** For each op of TensorFlow the kernel of tfjs, and the inputs and attributes that it takes. */
const binary =
  (kernelName) =>
  ([a, b]) => ({ kernelName, inputs: { a, b } });
const unary =
  (kernelName) =>
  ([x]) => ({ kernelName, inputs: { x } });
const reduction =
  (kernelName) =>
  ([x, axes], { keep_dims: keepDims }) => ({ kernelName, inputs: { x }, attrs: { axis: [...axes.values], keepDims } });
const ops = {
  Add: binary('Add'),
  AddV2: binary('Add'),
  Sub: binary('Sub'),
  Mul: binary('Multiply'),
  RealDiv: binary('RealDiv'),
  Div: binary('RealDiv'),
  Maximum: binary('Maximum'),
  Minimum: binary('Minimum'),
  Pow: binary('Pow'),
  SquaredDifference: binary('SquaredDifference'),
  Identity: unary('Identity'),
  Neg: unary('Neg'),
  Square: unary('Square'),
  Sqrt: unary('Sqrt'),
  Abs: unary('Abs'),
  Tanh: unary('Tanh'),
  Mean: reduction('Mean'),
  IsFinite: unary('IsFinite'),
  ZerosLike: unary('ZerosLike'),
  OnesLike: unary('OnesLike'),
  Cast: ([x], { DstT }) => ({ kernelName: 'Cast', inputs: { x }, attrs: { dtype: toDtype[DstT] } }),
  Sum: reduction('Sum'),
  All: reduction('All'),
  AddN: (inputs) => ({ kernelName: 'AddN', inputs }),
  Slice: ([x, begin, size]) => ({
    kernelName: 'Slice',
    inputs: { x },
    attrs: { begin: [...begin.values], size: [...size.values] },
  }),
  BatchMatMulV2: ([a, b], { adj_x: transposeA, adj_y: transposeB }) => ({
    kernelName: 'BatchMatMul',
    inputs: { a, b },
    attrs: { transposeA, transposeB },
  }),
  GatherV2: ([x, indices, axis], { batch_dims: batchDims = 0 }) => ({
    kernelName: 'GatherV2',
    inputs: { x, indices },
    attrs: { axis: axis.values[0], batchDims },
  }),
  Pack: (inputs, { axis }) => ({ kernelName: 'Pack', inputs, attrs: { axis } }),
  Reshape: ([x, shape]) => ({ kernelName: 'Reshape', inputs: { x }, attrs: { shape: [...shape.values] } }),
  Fill: ([
    shape,
    {
      values: [value],
    },
  ]) => ({
    kernelName: 'Fill',
    attrs: { shape: [...shape.values], value, dtype: 'float32' },
  }),
};

export function makeBinding(tf, cpu) {
  const tensors = new Map();
  let nextId = 0;
  const keep = (shape, dtype, values) => {
    tensors.set(++nextId, { shape, dtype, values: values.slice() });
    return nextId;
  };
  return {
    ...types,
    ...attributeTypes,
    tensorCount: () => tensors.size,
    isUsingGpuDevice: () => false,
    createTensor: keep,
    deleteTensor: (id) => tensors.delete(id),
    tensorDataSync: (id) => tensors.get(id).values.slice(),
    executeOp(name, attributes, ids) {
      if (!ops[name]) throw new Error(`the test binding has no op '${name}'`);
      const given = ids.map((id) => {
        const { shape, dtype, values } = tensors.get(id);
        return { ...cpu.makeTensorInfo(shape, toDtype[dtype], values), values };
      });
      const {
        kernelName,
        inputs = {},
        attrs = {},
      } = ops[name](given, Object.fromEntries(attributes.map((attribute) => [attribute.name, attribute.value])));
      const out = tf.getKernel(kernelName, 'cpu').kernelFunc({ inputs, attrs, backend: cpu });
      const values = cpu.readSync(out.dataId);
      const dtype = fromDtype[out.dtype];
      const result = { id: keep(out.shape, dtype, values), shape: out.shape, dtype };
      for (const info of [...given, out]) cpu.disposeData(info.dataId);
      return [result];
    },
  };
}
