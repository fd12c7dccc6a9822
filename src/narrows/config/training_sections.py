"""The schema of the optimiser, its schedule and the trainer. See `schema`."""

from typing import Annotated, Literal

from pydantic import Field

from narrows.config.slots import Amount, Count, Rate, Section, Share


class Clipped(Section):
    clip: Rate | None = Field(
        default=None, description="largest norm of all gradients of a step, longer ones are scaled to it; null: any"
    )


class Moments(Clipped):
    beta1: Share = Field(default=0.9, description="share of the last mean of gradients in the next")
    beta2: Share = Field(default=0.999, description="share of the last mean of squared gradients in the next")
    eps: Rate = Field(default=1e-8, description="added to the root of the mean square, by which steps are divided")


class Adam(Moments):
    name: Literal["adam"] = Field(description="Adam (Kingma & Ba 2015)")
    lr: Rate = Field(description="learning rate")
    weight_decay: Amount = Field(description="L2 penalty on the weights")


class AdamW(Moments):
    name: Literal["adamw"] = Field(description="Adam whose weight decay is not part of the gradient (Loshchilov 2019)")
    lr: Rate = Field(description="learning rate")
    weight_decay: Amount = Field(description="share of the learning rate by which weights shrink in each step")


class Sgd(Clipped):
    name: Literal["sgd"] = Field(description="stochastic gradient descent with momentum")
    lr: Rate = Field(description="learning rate")
    momentum: Annotated[Amount, Field(lt=1)] = Field(description="share of the last step that is added to the next")
    weight_decay: Amount = Field(description="L2 penalty on the weights")


Optimizer = Annotated[Adam | AdamW | Sgd, Field(discriminator="name")]


class WarmedUp(Section):
    warmup: Amount = Field(
        default=0.0, description="epochs in which the learning rate rises linearly, before its schedule begins"
    )


class Constant(WarmedUp):
    name: Literal["constant"] = Field(description="the learning rate does not change")


class Cosine(WarmedUp):
    name: Literal["cosine"] = Field(description="it falls to 0 along half a cosine (Loshchilov & Hutter 2017)")


class Step(WarmedUp):
    name: Literal["step"] = Field(description="it is multiplied by gamma at each milestone")
    milestones: list[Count] = Field(description="epochs after which the learning rate changes")
    gamma: Rate = Field(description="factor of the learning rate at a milestone")


class OneCycle(Section):
    name: Literal["one_cycle"] = Field(
        description="it rises and falls again, as the momentum falls and rises (Smith & Topin 2018)"
    )


Schedule = Annotated[Constant | Cosine | Step | OneCycle, Field(discriminator="name")]


#: More than any machine's cores; with 10⁸ PyTorch crashes.
MOST_THREADS = 1024


class Trainer(Section):
    accelerator: Literal["auto", "cpu", "gpu"] = Field(description="where to train; auto takes a GPU if there is one")
    precision: Literal["32-true", "64-true", "16-mixed", "bf16-mixed"] = Field(description="Lightning's precision")
    float32_matmul: Literal["highest", "high"] = Field(
        default="highest",
        description="float32 products and convolutions on a GPU; high: TF32, faster, 10 bits instead of 23",
    )
    threads: Annotated[Count, Field(le=MOST_THREADS)] = Field(
        description="CPU threads of this process; 1 is fastest when several runs share a machine"
    )
    max_epochs: Count = Field(description="passes over the training images")
    patience: Count | None = Field(
        description="stop after this many epochs without a lower validation loss; null: never"
    )
    ema: Annotated[float, Field(gt=0, lt=1)] | None = Field(
        default=None,
        description="decay of an average of the weights over steps, which is validated and evaluated; codebooks and "
        "other statistics stay those of the weights; null: none",
    )
    monitor: Literal["loss", "clean_loss"] = Field(
        default="clean_loss",  # of version 0.1.0
        description="validation loss that chooses the epoch: loss, as it is minimised, from corrupted images and "
        "sampled codes; or clean_loss, from clean images and mean codes",
    )
