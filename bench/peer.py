"""transformers on torch's CPU build, asked over standard input, for model.ts: one JSON line in, one out.

{"export": FOLDER}          -> writes FOLDER/{vision,text}_model.onnx by torch.onnx.export, and -int8 beside them by
                               onnxruntime.quantization.quantize_dynamic (per tensor, signed), the peer's own tools
{"prepare": PRECISION, "pictures": FILE}
                            -> {"ready": whether it runs here, "reason": why not, "cosine": the lowest to float32 over the
                               pictures, float32 of [8, 3, side, side] in the file}
{"images": BATCH, "precision": PRECISION}                -> {"seconds": per image of one run}
{"captions": BATCH, "length": N, "precision": PRECISION} -> {"seconds": per caption of one run}
{"limit": N}                -> {"macs": multiplications with addition a second of an N x N x N product in bfloat16}
usage: peer.py CHECKPOINT THREADS. Needs requirements.txt beside this file; torchao too where its int8 is to be compared.
"""
import copy
import json
import os
import sys
import time

import torch
from transformers import CLIPModel

torch.set_num_threads(int(sys.argv[2]))
torch.manual_seed(5)
model = CLIPModel.from_pretrained(sys.argv[1]).eval()
side = model.config.vision_config.image_size


def embeds(output):
    return output if torch.is_tensor(output) else output.pooler_output


def images(pixels, of=model):
    return embeds(of.get_image_features(pixel_values=pixels))


def captions(ids, of=model):
    return embeds(of.get_text_features(input_ids=ids, attention_mask=torch.ones_like(ids)))


def bfloat16():
    return copy.deepcopy(model).to(torch.bfloat16)


def int8():
    import torch.ao.quantization as quantization

    return quantization.quantize_dynamic(copy.deepcopy(model), {torch.nn.Linear}, dtype=torch.qint8)


def torchao_int8():
    from torchao.quantization import Int8DynamicActivationInt8WeightConfig, quantize_

    quantised = copy.deepcopy(model)
    quantize_(quantised, Int8DynamicActivationInt8WeightConfig())
    return quantised


# How each precision is made: the model, the type of its pictures, and whether it is compiled.
PRECISIONS = {
    "float32": (lambda: model, torch.float32, False),
    "bfloat16": (bfloat16, torch.bfloat16, False),
    "float32 compiled": (lambda: model, torch.float32, True),
    "bfloat16 compiled": (bfloat16, torch.bfloat16, True),
    "int8 of torch.ao": (int8, torch.float32, False),
    "int8 of torchao, compiled": (torchao_int8, torch.float32, True),
}
prepared = {}


def prepare(name, file):
    make, dtype, compiled = PRECISIONS[name]
    try:
        of = make()
        run = (lambda pixels: images(pixels, of)) if not compiled else torch.compile(lambda pixels: images(pixels, of))
        pictures = torch.from_file(file, size=8 * 3 * side * side).reshape(8, 3, side, side)
        if "reference" not in prepared:
            prepared["reference"] = images(pictures)
        lowest = torch.cosine_similarity(run(pictures.to(dtype)).float(), prepared["reference"]).min().item()
    except Exception as error:  # what does not run here has no figure
        return {"ready": False, "reason": str(error).split("\n")[0]}
    prepared[name] = (run, of, dtype)
    return {"ready": True, "cosine": lowest}


def limit(side):
    a, b = torch.randn(2, side, side).to(torch.bfloat16)
    torch.mm(a, b)
    least = float("inf")
    for _ in range(4):
        started = time.perf_counter()
        torch.mm(a, b)
        least = min(least, time.perf_counter() - started)
    return side**3 / least


def token_ids(batch, length):
    ids = torch.randint(320, 20000, (batch, length))
    ids[:, 0], ids[:, -1] = 49406, 49407
    return ids


class Tower(torch.nn.Module):
    def __init__(self, run):
        super().__init__()
        self.model, self.run = model, run

    def forward(self, x):
        return self.run(x)


def export(folder):
    from onnxruntime.quantization import QuantType, quantize_dynamic

    os.makedirs(folder, exist_ok=True)
    batch = torch.export.Dim("batch", min=1, max=64)
    made = []
    for name, tower, example, dims in [
        ("vision", Tower(images), torch.randn(2, 3, side, side), {0: batch}),
        ("text", Tower(captions), token_ids(2, 16), {0: batch, 1: torch.export.Dim("length", min=2, max=77)}),
    ]:
        file = f"{folder}/{name}_model.onnx"
        try:
            torch.onnx.export(tower, (example,), file, dynamic_shapes={"x": dims}, dynamo=True, external_data=True)
            quantize_dynamic(file, f"{folder}/{name}_model-int8.onnx", weight_type=QuantType.QInt8, use_external_data_format=True)
            made.append(name)
        except Exception as error:  # a tower that the peer's own tools can't export has no figure
            print(f"{name}: {error}", file=sys.stderr)
    return made


@torch.inference_mode()
def answer(order):
    if "export" in order:
        with torch.inference_mode(False):
            return {"made": export(order["export"])}
    if "prepare" in order:
        return prepare(order["prepare"], order["pictures"])
    if "limit" in order:
        return {"macs": limit(order["limit"])}
    run, of, dtype = prepared[order["precision"]]
    batch = order.get("images") or order["captions"]
    data = torch.randn(batch, 3, side, side).to(dtype) if "images" in order else token_ids(batch, order["length"])
    started = time.perf_counter()
    run(data) if "images" in order else captions(data, of)
    return {"seconds": (time.perf_counter() - started) / batch}


real, sys.stdout = sys.stdout, sys.stderr  # what the tools print must not mix with the answers
print(json.dumps({"ready": torch.__version__}), file=real, flush=True)
for line in sys.stdin:
    print(json.dumps(answer(json.loads(line))), file=real, flush=True)
