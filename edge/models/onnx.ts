import { create, toBinary } from "@bufbuild/protobuf";
import {
  AttributeProto_AttributeType,
  AttributeProtoSchema,
  GraphProtoSchema,
  ModelProtoSchema,
  type NodeProto,
  NodeProtoSchema,
  OperatorSetIdProtoSchema,
  TensorProto_DataType,
  TensorProtoSchema,
  TensorShapeProto_DimensionSchema,
  TensorShapeProtoSchema,
  TypeProto_TensorSchema,
  TypeProtoSchema,
  ValueInfoProtoSchema,
} from "onnx-buf";

/** The operator set that the written models use. */
export const OPSET = 17;
const IR_VERSION = 8n;

/** A weight: its numbers in rows, and its shape. */
export interface Weight {
  name: string;
  shape: number[];
  data: Float32Array<ArrayBuffer> | BigInt64Array<ArrayBuffer>;
}

/** One operator: what it is called, what goes in and what comes out. */
export function node(
  opType: string,
  input: string[],
  output: string[],
  integers: Record<string, bigint> = {},
): NodeProto {
  return create(NodeProtoSchema, {
    opType,
    input,
    output,
    attribute: Object.entries(integers).map(([name, i]) =>
      create(AttributeProtoSchema, { name, type: AttributeProto_AttributeType.INT, i }),
    ),
  });
}

/** The bytes of a model whose inputs and outputs are float32 matrices with a free number of rows. */
export function onnxModel(
  name: string,
  inputs: Columns,
  outputs: Columns,
  weights: Weight[],
  nodes: NodeProto[],
): Uint8Array {
  const graph = create(GraphProtoSchema, {
    name,
    node: nodes,
    input: Object.entries(inputs).map(matrix),
    output: Object.entries(outputs).map(matrix),
    initializer: weights.map(({ name: weight, shape, data }) =>
      create(TensorProtoSchema, {
        name: weight,
        dims: shape.map(BigInt),
        dataType: data instanceof Float32Array ? TensorProto_DataType.FLOAT : TensorProto_DataType.INT64,
        rawData: new Uint8Array(data.buffer),
      }),
    ),
  });
  return toBinary(
    ModelProtoSchema,
    create(ModelProtoSchema, {
      irVersion: IR_VERSION,
      producerName: "i-Drill Edge",
      opsetImport: [create(OperatorSetIdProtoSchema, { domain: "", version: BigInt(OPSET) })],
      graph,
    }),
  );
}

/** Width by name. */
type Columns = Record<string, number>;

function matrix([name, width]: [string, number]) {
  const shape = create(TensorShapeProtoSchema, {
    dim: [
      create(TensorShapeProto_DimensionSchema, { value: { case: "dimParam", value: "N" } }),
      create(TensorShapeProto_DimensionSchema, { value: { case: "dimValue", value: BigInt(width) } }),
    ],
  });
  const value = create(TypeProto_TensorSchema, { elemType: TensorProto_DataType.FLOAT, shape });
  return create(ValueInfoProtoSchema, {
    name,
    type: create(TypeProtoSchema, { value: { case: "tensorType", value } }),
  });
}
