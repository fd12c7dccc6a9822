"""The schema of the objective: the reconstruction error, and terms with their weights and settings. See `schema`."""

from typing import Annotated, Literal

from pydantic import Field

from narrows.config.slots import Amount, Count, Rate, Section


class Weights(Section):
    kl: Amount = Field(description="of the divergence between code and prior, nats (beta of a beta-VAE)")
    code_l1: Amount = Field(description="of the sum of the code's absolute values")
    contractive: Amount = Field(description="of the squared Frobenius norm of the encoder's Jacobian")
    orthogonal: Amount = Field(description="of the encoder's weights' squared distance from orthogonal ones")
    mmd: Amount = Field(default=0.0, description="of the maximum mean discrepancy between codes and normal numbers")
    code_l0: Amount = Field(default=0.0, description="of the number of active units, for code=jumprelu")
    gate_error: Amount = Field(default=0.0, description="of the squared error of the gates' image, for code=gated")
    aux_k: Amount = Field(default=0.0, description="of the squared error that dead units leave of the error")
    matryoshka: Amount = Field(default=0.0, description="of the squared errors of prefixes of the code")
    code_l2: Amount = Field(default=0.0, description="of half the sum of the code's squares")
    commitment: Amount = Field(default=0.0, description="of the codes' squared distances from their codebook entries")
    total_correlation: Amount = Field(
        default=0.0, description="of the total correlation of the code's numbers, nats (beta - 1 of a beta-TCVAE)"
    )
    dip_i: Amount = Field(default=0.0, description="of the distance of the codes' means' covariance from the identity")
    dip_ii: Amount = Field(default=0.0, description="of the distance of sampled codes' covariance from the identity")
    decoder_l2: Amount = Field(default=0.0, description="of the sum of the squares of the decoder's weights")
    decoder_gradient: Amount = Field(default=0.0, description="of the squared Frobenius norm of the decoder's Jacobian")


class Mmd(Section):
    bandwidths: Annotated[list[Rate], Field(min_length=1)] = Field(
        description="of the kernels whose sum is the kernel of mmd, as multiples of the size of the code"
    )


class Kl(Section):
    free_bits: Amount = Field(
        description="nats of each number of the code up to which its divergence, mean over a batch, is not reduced"
    )


class AuxK(Section):
    units: Count = Field(description="dead units that reconstruct the error of each image")


class Matryoshka(Section):
    prefixes: Annotated[list[Annotated[float, Field(gt=0, lt=1)]], Field(min_length=1)] = Field(
        description="shares of the code's units, the first of which also reconstruct alone"
    )


class Dip(Section):
    diagonal: Amount = Field(description="weight of the variances' distance from 1, relative to that of covariances")


class LogisticMixture(Section):
    components: Count = Field(description="logistic distributions whose mixture is that of a pixel")


class Objective(Section):
    name: Literal["mse", "bce", "l1", "gaussian", "continuous_bernoulli", "logistic_mixture"] = Field(
        description="reconstruction error per pixel that is minimised; the last three are likelihoods of grey pixels"
    )
    reduction: Literal["mean", "sum"] = Field(
        default="mean", description="over pixels, of the loss: sum multiplies it and its gradients by their number"
    )
    weights: Weights
    pixels: Literal["all", "hidden"] = Field(
        default="all", description="whose errors are averaged: all pixels, or only those that corruption=patches hides"
    )
    kl_warmup: Annotated[int, Field(ge=0)] = Field(description="epochs over which the weight of kl rises linearly")
    kl: Kl = Field(default=Kl(free_bits=0.0))
    mmd: Mmd = Field(default=Mmd(bandwidths=[0.2, 0.4, 1.0, 2.0, 4.0, 10.0, 20.0]))  # Tolstikhin et al. 2018's code
    aux_k: AuxK = Field(default=AuxK(units=32))
    matryoshka: Matryoshka = Field(default=Matryoshka(prefixes=[0.125, 0.25, 0.5]))
    dip_i: Dip = Field(default=Dip(diagonal=10.0))  # as Kumar et al. 2018, section 4, both
    dip_ii: Dip = Field(default=Dip(diagonal=1.0))
    logistic_mixture: LogisticMixture = Field(default=LogisticMixture(components=5))

    @property
    def outputs(self) -> int:
        """How many outputs of the decoder describe one pixel."""
        return 3 * self.logistic_mixture.components if self.name == "logistic_mixture" else 1
