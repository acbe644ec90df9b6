// Our own, with protobufjs: onnx-proto is 440 KB of messages generated for protobufjs 6, and nothing was found on npm that
// builds a graph or writes weights into external data tensor by tensor.

import protobuf from 'protobufjs/light.js';

/** Numbers of TensorProto.DataType for the element types that we write. */
export const ELEMENT = {
  float32: 1,
  uint8: 2,
  int8: 3,
  int32: 6,
  int64: 7,
  bool: 9,
  float16: 10,
} as const;

export type ElementType = keyof typeof ELEMENT;

export interface ValueInfo {
  readonly name: string;
  readonly type: {
    readonly tensorType: {
      readonly elemType: number;
      readonly shape: { readonly dim: readonly ({ readonly dimValue: number } | { readonly dimParam: string })[] };
    };
  };
}

export interface TensorMessage {
  readonly name: string;
  readonly dims: readonly number[];
  readonly dataType: number;
  readonly rawData?: Uint8Array;
  readonly externalData?: readonly { readonly key: string; readonly value: string }[];
  /** 1: the values lie in another file. */
  readonly dataLocation?: 1;
}

/** `type` is AttributeProto.AttributeType: 1 float, 2 int, 3 string, 7 ints. */
export type AttributeMessage = { readonly name: string } & (
  | { readonly type: 1; readonly f: number }
  | { readonly type: 2; readonly i: number }
  | { readonly type: 3; readonly s: Uint8Array }
  | { readonly type: 7; readonly ints: readonly number[] }
);

export interface NodeMessage {
  readonly name: string;
  readonly opType: string;
  readonly domain: string;
  readonly input: readonly string[];
  readonly output: readonly string[];
  readonly attribute: readonly AttributeMessage[];
}

export interface ModelMessage {
  readonly irVersion: number;
  readonly producerName: string;
  readonly opsetImport: readonly { readonly domain: string; readonly version: number }[];
  readonly graph: {
    readonly name: string;
    readonly node: readonly NodeMessage[];
    readonly initializer: readonly TensorMessage[];
    readonly input: readonly ValueInfo[];
    readonly output: readonly ValueInfo[];
  };
}

const one = (type: string, id: number) => ({ type, id });
const many = (type: string, id: number) => ({ rule: 'repeated', type, id });

/**
 * The fields of ONNX's messages that a CLIP needs, with ONNX's field numbers
 * (https://github.com/onnx/onnx/blob/main/onnx/onnx.proto, IR version 8); a reader skips what is left out.
 */
const schema = protobuf.Root.fromJSON({
  nested: {
    Model: {
      fields: {
        irVersion: one('int64', 1),
        opsetImport: many('OperatorSet', 8),
        producerName: one('string', 2),
        graph: one('Graph', 7),
      },
    },
    OperatorSet: { fields: { domain: one('string', 1), version: one('int64', 2) } },
    Graph: {
      fields: {
        node: many('Node', 1),
        name: one('string', 2),
        initializer: many('Tensor', 5),
        input: many('ValueInfo', 11),
        output: many('ValueInfo', 12),
      },
    },
    Node: {
      fields: {
        input: many('string', 1),
        output: many('string', 2),
        name: one('string', 3),
        opType: one('string', 4),
        attribute: many('Attribute', 5),
        domain: one('string', 7),
      },
    },
    Attribute: {
      fields: {
        name: one('string', 1),
        f: one('float', 2),
        i: one('int64', 3),
        s: one('bytes', 4),
        ints: many('int64', 8),
        type: one('int32', 20),
      },
    },
    Tensor: {
      fields: {
        dims: many('int64', 1),
        dataType: one('int32', 2),
        name: one('string', 8),
        rawData: one('bytes', 9),
        externalData: many('StringPair', 13),
        dataLocation: one('int32', 14),
      },
    },
    StringPair: { fields: { key: one('string', 1), value: one('string', 2) } },
    ValueInfo: { fields: { name: one('string', 1), type: one('ValueType', 2) } },
    ValueType: { fields: { tensorType: one('TensorType', 1) } },
    TensorType: { fields: { elemType: one('int32', 1), shape: one('Shape', 2) } },
    Shape: { fields: { dim: many('Dimension', 1) } },
    Dimension: { fields: { dimValue: one('int64', 1), dimParam: one('string', 2) } },
  },
});

const Model = schema.lookupType('Model');

/** The bytes of an ONNX ModelProto. */
export function encodeModel(model: ModelMessage): Uint8Array {
  return Model.encode(Model.fromObject(model)).finish();
}

/** Decodes a ModelProto; fields that the schema above leaves out are skipped. */
export function decodeModel(bytes: Uint8Array): ModelMessage {
  return Model.toObject(Model.decode(bytes), { longs: Number, arrays: true, defaults: false }) as ModelMessage;
}
