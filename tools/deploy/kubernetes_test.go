package deploy_test

import (
	"bytes"
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	policyv1 "k8s.io/api/policy/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"sigs.k8s.io/kustomize/api/krusty"
	kustomize "sigs.k8s.io/kustomize/api/types"
	"sigs.k8s.io/kustomize/kyaml/filesys"
	"sigs.k8s.io/yaml"

	"github.com/partywall/partywall/api/testdb"
)

const manifests = "kubernetes"

// cluster is what is in a Kubernetes namespace, by name.
type cluster struct {
	deployments map[string]*appsv1.Deployment
	jobs        map[string]*batchv1.Job
	crons       map[string]*batchv1.CronJob
	services    map[string]*corev1.Service
	budgets     map[string]*policyv1.PodDisruptionBudget
	policies    map[string]*networkingv1.NetworkPolicy
	configs     map[string]*corev1.ConfigMap
	secrets     map[string]*corev1.Secret
	accounts    map[string]*corev1.ServiceAccount
}

// applied is what kubectl apply --kustomize makes, and the example of a secret.
func applied(t *testing.T) *cluster {
	t.Helper()
	options := krusty.MakeDefaultOptions()
	made, err := krusty.MakeKustomizer(options).Run(filesys.MakeFsOnDisk(), manifests)
	if err != nil {
		t.Fatal(err)
	}
	text, err := made.AsYaml()
	if err != nil {
		t.Fatal(err)
	}
	c := &cluster{
		map[string]*appsv1.Deployment{}, map[string]*batchv1.Job{}, map[string]*batchv1.CronJob{}, map[string]*corev1.Service{}, map[string]*policyv1.PodDisruptionBudget{},
		map[string]*networkingv1.NetworkPolicy{}, map[string]*corev1.ConfigMap{}, map[string]*corev1.Secret{}, map[string]*corev1.ServiceAccount{},
	}
	for _, document := range bytes.Split(text, []byte("\n---\n")) {
		c.add(t, document)
	}
	if len(c.secrets) > 0 {
		t.Error("secrets are applied that are committed")
	}
	c.add(t, []byte(read(t, filepath.Join(manifests, "secret.example.yaml"))))
	return c
}

// add reads a document strictly, as what it says that it is.
func (c *cluster) add(t *testing.T, document []byte) {
	t.Helper()
	var head metav1.TypeMeta
	if err := yaml.Unmarshal(document, &head); err != nil {
		t.Fatal(err)
	}
	switch head.APIVersion + " " + head.Kind {
	case "apps/v1 Deployment":
		put(t, document, c.deployments)
	case "batch/v1 Job":
		put(t, document, c.jobs)
	case "batch/v1 CronJob":
		put(t, document, c.crons)
	case "v1 Service":
		put(t, document, c.services)
	case "policy/v1 PodDisruptionBudget":
		put(t, document, c.budgets)
	case "networking.k8s.io/v1 NetworkPolicy":
		put(t, document, c.policies)
	case "v1 ConfigMap":
		put(t, document, c.configs)
	case "v1 Secret":
		put(t, document, c.secrets)
	case "v1 ServiceAccount":
		put(t, document, c.accounts)
	case "v1 Namespace":
		put(t, document, map[string]*corev1.Namespace{})
	default:
		t.Errorf("nothing is known of %s of %s", head.Kind, head.APIVersion)
	}
}

// object is a Kubernetes type by its pointer.
type object[T any] interface {
	*T
	GetName() string
	GetNamespace() string
}

func put[T any, P object[T]](t *testing.T, document []byte, into map[string]P) {
	t.Helper()
	made := P(new(T))
	if err := yaml.UnmarshalStrict(document, made); err != nil {
		t.Fatalf("%v\n%s", err, document)
	}
	if made.GetNamespace() != "partywall" && made.GetName() != "partywall" {
		t.Errorf("%s is in the namespace %q", made.GetName(), made.GetNamespace())
	}
	into[made.GetName()] = made
}

// named is one of several objects.
func named[P any](t *testing.T, objects map[string]P, name string) P {
	t.Helper()
	o, ok := objects[name]
	if !ok {
		t.Fatalf("there is no %s that is a %T", name, o)
	}
	return o
}

// environment is what a container has in its own, secrets as the example has them.
func (c *cluster) environment(t *testing.T, from corev1.Container) map[string]string {
	t.Helper()
	env := map[string]string{}
	for _, source := range from.EnvFrom {
		config := c.configs[source.ConfigMapRef.Name]
		if config == nil {
			t.Fatalf("there is no ConfigMap %s", source.ConfigMapRef.Name)
		}
		maps.Copy(env, config.Data)
	}
	for _, v := range from.Env {
		env[v.Name] = v.Value
		if v.ValueFrom == nil {
			continue
		}
		ref := v.ValueFrom.SecretKeyRef
		value, ok := named(t, c.secrets, ref.Name).StringData[ref.Key]
		if !ok {
			t.Errorf("%s is to come from %s, which the secret has not", v.Name, ref.Key)
		}
		env[v.Name] = value
	}
	return env
}

// TestManifestsAreAllApplied misses files that nothing names.
func TestManifestsAreAllApplied(t *testing.T) {
	t.Parallel()
	var k kustomize.Kustomization
	if err := yaml.UnmarshalStrict([]byte(read(t, filepath.Join(manifests, "kustomization.yaml"))), &k); err != nil {
		t.Fatal(err)
	}
	entries, err := os.ReadDir(manifests)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if !slices.Contains(append(k.Resources, "kustomization.yaml", "secret.example.yaml"), e.Name()) {
			t.Errorf("%s is applied by nobody", e.Name())
		}
	}
}

// TestDeployment holds the pods of the API to the API.
func TestDeployment(t *testing.T) {
	t.Parallel()
	c := applied(t)
	d := named(t, c.deployments, "partywall-api")
	pod := d.Spec.Template.Spec
	container := pod.Containers[0]
	env := c.environment(t, container)
	holdPod(t, c, pod)
	holdVariables(t, "api", env)
	holdGrace(t, env, time.Duration(*pod.TerminationGracePeriodSeconds)*time.Second)
	holdMemory(t, env, container.Resources.Limits.Memory().Value())
	holdPorts(t, c, container, env)
	holdProbes(t, container, duration(t, env, "DRAIN_DELAY"))
	holdKeys(t, c, pod, env)
	if rolling := d.Spec.Strategy.RollingUpdate; rolling.MaxUnavailable.IntValue() != 0 || rolling.MaxSurge.IntValue() < 1 {
		t.Errorf("a new version takes pods away before others are there: %+v", rolling)
	}
	if budget := named(t, c.budgets, "partywall-api"); !selects(t, budget.Spec.Selector, d.Spec.Template.Labels) || budget.Spec.MaxUnavailable.IntValue() >= int(*d.Spec.Replicas) {
		t.Errorf("the budget: %+v", budget.Spec)
	}
	if len(pod.TopologySpreadConstraints) == 0 {
		t.Error("pods are not spread")
	}
	for _, constraint := range pod.TopologySpreadConstraints {
		if !selects(t, constraint.LabelSelector, d.Spec.Template.Labels) {
			t.Errorf("what is spread: %+v", constraint)
		}
	}
}

// selects says whether a selector of labels alone matches.
func selects(t *testing.T, selector *metav1.LabelSelector, pod map[string]string) bool {
	t.Helper()
	matches, err := metav1.LabelSelectorAsSelector(selector)
	if err != nil {
		t.Fatal(err)
	}
	return !matches.Empty() && matches.Matches(labels.Set(pod))
}

// holdPod looks whether a pod may no more than it needs.
func holdPod(t *testing.T, c *cluster, pod corev1.PodSpec) {
	t.Helper()
	s := pod.SecurityContext
	if !*s.RunAsNonRoot || *s.RunAsUser == 0 || s.SeccompProfile.Type != corev1.SeccompProfileTypeRuntimeDefault {
		t.Errorf("the pod's security: %+v", s)
	}
	if *pod.AutomountServiceAccountToken || c.accounts[pod.ServiceAccountName] == nil {
		t.Errorf("the pod's account: %s", pod.ServiceAccountName)
	}
	if *pod.EnableServiceLinks {
		t.Error("the pod's environment has variables for each Service")
	}
	for _, container := range pod.Containers {
		holdImage(t, container.Image)
		s := container.SecurityContext
		if *s.AllowPrivilegeEscalation || !*s.ReadOnlyRootFilesystem || !slices.Equal(s.Capabilities.Drop, []corev1.Capability{"ALL"}) || len(s.Capabilities.Add) > 0 {
			t.Errorf("the security of %s: %+v", container.Name, s)
		}
		if r := container.Resources; r.Requests.Cpu().IsZero() || r.Requests.Memory().IsZero() || r.Limits.Memory().IsZero() {
			t.Errorf("the resources of %s: %+v", container.Name, r)
		}
	}
}

// holdPorts looks whether each port is one that the API listens at, and each Service and
// policy leads to one.
func holdPorts(t *testing.T, c *cluster, container corev1.Container, env map[string]string) {
	t.Helper()
	want := map[string]string{"http": port(t, env, "ADDR"), "admin": port(t, env, "ADMIN_ADDR")}
	known := map[string]bool{}
	for _, p := range container.Ports {
		known[p.Name] = true
		if got := strconv.Itoa(int(p.ContainerPort)); got != want[p.Name] {
			t.Errorf("port %s is %s; the API listens at %q", p.Name, got, want[p.Name])
		}
	}
	own := named(t, c.deployments, "partywall-api").Spec.Template.Labels
	for name, s := range c.services {
		if !selects(t, &metav1.LabelSelector{MatchLabels: s.Spec.Selector}, own) {
			t.Errorf("the service %s is of no pod: %v", name, s.Spec.Selector)
		}
		for _, p := range s.Spec.Ports {
			if !known[p.TargetPort.StrVal] {
				t.Errorf("the service %s leads to %s", name, p.TargetPort.String())
			}
		}
	}
	policy := named(t, c.policies, "partywall-api")
	if !selects(t, &policy.Spec.PodSelector, own) {
		t.Errorf("the policy is of no pod: %v", policy.Spec.PodSelector)
	}
	for _, rule := range policy.Spec.Ingress {
		for _, p := range rule.Ports {
			if !known[p.Port.StrVal] || len(rule.From) == 0 {
				t.Errorf("the policy lets %v to %s", rule.From, p.Port.String())
			}
		}
	}
}

// holdProbes looks whether probes ask for what there is, and soon enough.
func holdProbes(t *testing.T, container corev1.Container, delay time.Duration) {
	t.Helper()
	live, ready := container.LivenessProbe, container.ReadinessProbe
	for path, probe := range map[string]*corev1.Probe{"/healthz": live, "/readyz": ready} {
		holdProbe(t, probe.HTTPGet.Path)
		if probe.HTTPGet.Path != path || probe.HTTPGet.Port.StrVal != "http" {
			t.Errorf("a probe asks %+v, and should ask %s", probe.HTTPGet, path)
		}
	}
	if noticed := time.Duration(ready.FailureThreshold*ready.PeriodSeconds+ready.TimeoutSeconds) * time.Second; noticed >= delay {
		t.Errorf("it is noticed after %s that a pod is not ready; DRAIN_DELAY is %s", noticed, delay)
	}
}

// holdKeys looks whether the API may read the keys where it looks for them, and not
// everybody.
func holdKeys(t *testing.T, c *cluster, pod corev1.PodSpec, env map[string]string) {
	t.Helper()
	mount, secret := pod.Containers[0].VolumeMounts[0], pod.Volumes[0].Secret
	item := secret.Items[0]
	if _, ok := named(t, c.secrets, secret.SecretName).StringData[item.Key]; !ok {
		t.Errorf("the secret has no %s", item.Key)
	}
	if file := filepath.Join(mount.MountPath, item.Path); file != env["AUTH_KEYS_FILE"] || mount.Name != pod.Volumes[0].Name {
		t.Errorf("the keys are in %s, and looked for in %s", file, env["AUTH_KEYS_FILE"])
	}
	// fsGroup makes the files the group's.
	if *secret.DefaultMode != 0o440 || *pod.SecurityContext.FSGroup != *pod.SecurityContext.RunAsGroup {
		t.Errorf("the keys have mode %o, of group %d", *secret.DefaultMode, *pod.SecurityContext.FSGroup)
	}
}

// TestDeployedServers runs the API with the environment of its pod.
func TestDeployedServers(t *testing.T) {
	t.Parallel()
	c := applied(t)
	env := c.environment(t, named(t, c.deployments, "partywall-api").Spec.Template.Spec.Containers[0])
	env["ADMIN_TOKEN"], env["METRICS_TOKEN"] = strings.Repeat("a", 48), strings.Repeat("m", 48)
	holdServing(t, env)
}

// TestJobs holds migrations and the gate to tenantctl, and runs what they run.
func TestJobs(t *testing.T) {
	t.Parallel()
	c := applied(t)
	uri, admin := testdb.URI(t), testdb.Database(t, "admin")
	makeTenant(t, uri, admin)
	for _, job := range []struct {
		name string
		spec batchv1.JobSpec
		uri  string
	}{
		{"migrate", named(t, c.jobs, "partywall-migrate").Spec, "migrations-uri"},
		{"gate", named(t, c.crons, "partywall-gate").Spec.JobTemplate.Spec, "gate-uri"},
	} {
		pod := job.spec.Template.Spec
		container := pod.Containers[0]
		env := c.environment(t, container)
		holdPod(t, c, pod)
		holdVariables(t, "tenantctl", env)
		if want := named(t, c.secrets, "partywall").StringData[job.uri]; env["MONGO_URI"] != want {
			t.Errorf("%s is the user of %s", job.name, env["MONGO_URI"])
		}
		if policy := named(t, c.policies, "partywall-tenantctl"); !selects(t, &policy.Spec.PodSelector, job.spec.Template.Labels) {
			t.Errorf("%s may be reached", job.name)
		}
		// The answer no is final; what could not run is tried again.
		rule := job.spec.PodFailurePolicy.Rules[0]
		if pod.RestartPolicy != corev1.RestartPolicyNever || *job.spec.BackoffLimit < 1 || rule.Action != batchv1.PodFailurePolicyActionFailJob ||
			*rule.OnExitCodes.ContainerName != container.Name || !slices.Equal(rule.OnExitCodes.Values, []int32{1}) {
			t.Errorf("%s is tried again so: %+v", job.name, job.spec)
		}
		env["MONGO_URI"], env["ADMIN_DB"] = uri, admin
		if out, code := run(t, "tenantctl", env, container.Args...); code != 0 {
			t.Errorf("%s: exit %d\n%s", job.name, code, out)
		}
	}
}

// makeTenant makes a tenant, whose database goes after the tests.
func makeTenant(t *testing.T, uri, admin string) {
	t.Helper()
	out, code := run(t, "tenantctl", map[string]string{"MONGO_URI": uri, "ADMIN_DB": admin}, "tenant", "create", "acme", "--output", "json")
	if code != 0 {
		t.Fatalf("no tenant: exit %d\n%s", code, out)
	}
	var made []struct{ Database string }
	if err := json.Unmarshal([]byte(out), &made); err != nil || len(made) != 1 || made[0].Database == "" {
		t.Fatalf("the tenant has no database: %v\n%s", err, out)
	}
	testdb.DropAtEnd(made[0].Database)
}

// TestExamplesAreNoSecrets shows that nobody can serve with the example's keys.
func TestExamplesAreNoSecrets(t *testing.T) {
	t.Parallel()
	c := applied(t)
	env := c.environment(t, named(t, c.deployments, "partywall-api").Spec.Template.Spec.Containers[0])
	delete(env, "AUTH_KEYS_FILE")
	env["AUTH_KEYS"] = named(t, c.secrets, "partywall").StringData["auth-keys"]
	out, code := run(t, "api", env)
	if code != 2 {
		t.Errorf("exit %d\n%s", code, out)
	}
	for _, name := range []string{"ADMIN_TOKEN", "METRICS_TOKEN", "AUTH_KEYS"} {
		if !strings.Contains(out, name+":") {
			t.Errorf("the example's %s would do:\n%s", name, out)
		}
	}
}
