"""The schema of the optimiser, its schedule and the trainer. See `schema`."""

from typing import Annotated, Literal

from pydantic import Field

from narrows.config.slots import Amount, Count, Rate, Section


class Adam(Section):
    name: Literal["adam"] = Field(description="Adam (Kingma & Ba 2015)")
    lr: Rate = Field(description="learning rate")
    weight_decay: Amount = Field(description="L2 penalty on the weights")


class Sgd(Section):
    name: Literal["sgd"] = Field(description="stochastic gradient descent with momentum")
    lr: Rate = Field(description="learning rate")
    momentum: Annotated[Amount, Field(lt=1)] = Field(description="share of the last step that is added to the next")
    weight_decay: Amount = Field(description="L2 penalty on the weights")


Optimizer = Annotated[Adam | Sgd, Field(discriminator="name")]


class Schedule(Section):
    name: Literal["constant", "cosine", "one_cycle"] = Field(
        description="course of the learning rate over the steps of the run"
    )


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
    monitor: Literal["loss", "clean_loss"] = Field(
        default="clean_loss",  # of version 0.1.0
        description="validation loss that chooses the epoch: loss, as it is minimised, from corrupted images and "
        "sampled codes; or clean_loss, from clean images and mean codes",
    )
